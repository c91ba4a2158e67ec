import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_SECRET_BYTES, textOf, valueProblem } from '../../src/secrets/value.js'

describe('valueProblem', () => {
  for (const [value, problem] of [
    ['x', undefined],
    [' x\n', undefined],
    ['x'.repeat(MAX_SECRET_BYTES), undefined],
    ['', 'is blank'],
    [' \t\n', 'is blank'],
    ['a\0b', 'holds a NUL byte, which no variable can'],
    ['é'.repeat(MAX_SECRET_BYTES / 2 + 1), 'has 122882 bytes, more than 122880'],
  ] as const) {
    it(`${JSON.stringify(value.slice(0, 10))} (${value.length}): ${problem}`, () => {
      assert.equal(valueProblem(value), problem)
    })
  }
})

describe('textOf', () => {
  for (const [given, text] of [
    ['x', 'x'],
    ['x\n', 'x'],
    ['x\r\n', 'x'],
    ['x \n', 'x '],
    ['x\n\n', 'x\n\n'],
    ['a\nb', 'a\nb'],
    ['a\nb\n', 'a\nb\n'],
    ['\ufeffx', '\ufeffx'],
    ['', ''],
  ] as const) {
    it(`takes ${JSON.stringify(given)} for ${JSON.stringify(text)}`, () => {
      assert.deepEqual(textOf(Buffer.from(given)), { text })
    })
  }

  it('refuses what is no text', () => {
    assert.deepEqual(textOf(Buffer.from([0xc3, 0x28])), {
      problem: 'is not text (UTF-8): encode it, for example with base64',
    })
  })
})
