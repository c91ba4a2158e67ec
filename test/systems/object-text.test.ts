import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyText, valueText } from '../../src/systems/object-text.js'

describe('valueText', () => {
  it('is on one line where that is short', () => {
    const value = { name: 'web', on: true, words: ['-p', '22'], none: undefined, inner: { 'a-b': 'c' } }
    assert.equal(
      valueText(value, '  '),
      "{ name: 'web', on: true, words: ['-p', '22'], inner: { 'a-b': 'c' } }",
    )
  })

  it('is on lines of its own where it is long', () => {
    assert.equal(
      valueText({ flake: 'x'.repeat(80), user: 'ann', inner: { a: 'b' } }, '  '),
      `{\n    flake: '${'x'.repeat(80)}',\n    user: 'ann',\n    inner: { a: 'b' },\n  }`,
    )
  })

  it('counts what stands before it on the line', () => {
    assert.equal(valueText({ a: 'b' }, '', 89), "{ a: 'b' }")
    assert.equal(valueText({ a: 'b' }, '', 90), "{\n  a: 'b',\n}")
  })

  it('quotes text so that it stays what it is', () => {
    for (const text of ["it's", 'a\\b', 'a\nb', '"quoted"', '`y`', '']) {
      assert.equal(new Function(`return ${valueText(text, '')}`)(), text)
    }
  })
})

describe('keyText', () => {
  it('quotes what is no identifier', () => {
    assert.deepEqual(['web', 'a-b', '1', "it's"].map(keyText), ['web', "'a-b'", "'1'", '"it\'s"'])
  })
})
