import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { directiveList, expression, nixDirective, nixText } from '../../../src/init/module/nix-value.js'
import { WITHOUT_NIX } from '../../nix/samples.js'
import { difficultWords } from '../../release/words.js'

describe('nixText', () => {
  it('is a string, with expressions where they are', () => {
    assert.equal(nixText(`a "b" \\ \${c}`), `"a \\"b\\" \\\\ \\\${c}"`)
    assert.equal(nixText(`${expression('cfg.package')}/bin/app`), `"\${cfg.package}/bin/app"`)
  })

  it('is the expression alone where there is nothing else', () => {
    assert.equal(nixText(expression('cfg.socket')), 'cfg.socket')
  })

  it('is what Nix reads as the text', { skip: WITHOUT_NIX }, async () => {
    const words = difficultWords(300).map((word) => `${word}${expression('x')}${word}`)
    const { stdout } = await execa('nix-instantiate', [
      '--eval',
      '--strict',
      '--json',
      '--expr',
      `let x = "X"; in [ ${words.map((word) => `(${nixText(word)})`).join(' ')} ]`,
    ])
    assert.deepEqual(
      JSON.parse(stdout),
      words.map((word) => word.replaceAll(expression('x'), () => 'X')),
    )
  })
})

describe('nixDirective', () => {
  it('has a form for each value', () => {
    assert.equal(nixDirective(true), 'true')
    assert.equal(nixDirective(30), '30')
    assert.equal(nixDirective(0.5), '"0.5"')
    assert.equal(nixDirective(['a', 'b']), '[\n  "a"\n  "b"\n]')
    assert.equal(nixDirective('a\nb'), '"a b"')
    assert.equal(nixDirective(null), undefined)
    assert.equal(nixDirective(undefined), undefined)
  })

  it('is a list of one or several', () => {
    assert.deepEqual(directiveList('a'), ['"a"'])
    assert.deepEqual(directiveList(['a', 'b']), ['"a"', '"b"'])
    assert.deepEqual(directiveList(null), [])
  })
})
