import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sameData } from '../../src/plan/same-data.js'

describe('sameData', () => {
  for (const [one, other] of [
    [1, 1],
    [null, null],
    [
      { a: 1, b: [1, { c: 'x' }] },
      { b: [1, { c: 'x' }], a: 1 },
    ],
    [{ a: 1, b: undefined }, { a: 1 }],
    [[], []],
  ]) {
    it(`is so for ${JSON.stringify(one)} and ${JSON.stringify(other)}`, () => {
      assert.equal(sameData(one, other), true)
      assert.equal(sameData(other, one), true)
    })
  }

  for (const [one, other] of [
    [1, '1'],
    [0, null],
    [null, undefined],
    [{}, null],
    [{}, []],
    [
      [1, 2],
      [2, 1],
    ],
    [[1], [1, undefined]],
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: { b: 1 } }, { a: { b: 2 } }],
  ]) {
    it(`is not so for ${JSON.stringify(one)} and ${JSON.stringify(other)}`, () => {
      assert.equal(sameData(one, other), false)
      assert.equal(sameData(other, one), false)
    })
  }
})
