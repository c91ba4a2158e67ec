import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { atLeast } from '../../src/release/nginx-version.js'

describe('atLeast', () => {
  for (const [version, is] of [
    ['1.25.1', true],
    ['1.25.10', true],
    ['1.26.0', true],
    ['2.0.0', true],
    ['2', true],
    ['1.25.0', false],
    ['1.25', false],
    ['1.9.15', false],
    ['0', false],
  ] as const) {
    it(`1.25.1 is ${is} of ${version}`, () => assert.equal(atLeast(version, [1, 25, 1]), is))
  }
})
