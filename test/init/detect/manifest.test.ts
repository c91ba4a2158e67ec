import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { list, readJson, readToml, strings, table, text } from '../../../src/init/detect/manifest.js'
import { textTree } from './corpus.js'
import { refusal } from './samples.js'

describe('readToml and readJson', () => {
  it('name the place of a mistake', () => {
    const tree = textTree({ 'a.toml': 'x = 1\ny = [', 'b.json': '{\n  "x": 1,\n}', 'c.json': '[1]' })
    assert.match(
      refusal(() => readToml(tree, 'a.toml')),
      /^a\.toml:2:\d+ can't be read$/,
    )
    assert.equal(
      refusal(() => readJson(tree, 'b.json')),
      "b.json:3 can't be read",
    )
    assert.equal(
      refusal(() => readJson(tree, 'c.json')),
      "c.json can't be read",
    )
    assert.equal(
      refusal(() => readJson(tree, 'missing.json')),
      "missing.json can't be read",
    )
  })

  it('take nothing for granted', () => {
    const value = readToml(textTree({ 'a.toml': '[p]\nname = "x"\nports = [1, "2"]\nn = 5' }), 'a.toml')
    assert.equal(text(value, 'p', 'name'), 'x')
    assert.equal(text(value, 'p', 'n'), undefined)
    assert.equal(text(value, 'q', 'r', 's'), undefined)
    assert.deepEqual(strings(value, 'p', 'ports'), ['2'])
    assert.deepEqual(list(value, 'p', 'name'), [])
    assert.deepEqual(table(value, 'p', 'name'), {})
  })
})
