import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { durationMs } from '../../src/config/duration.js'

describe('durationMs', () => {
  for (const [text, ms] of [
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['1.005s', 1005],
    ['0.01ms', 1],
    ['2m', 120_000],
    ['0.5h', 1_800_000],
    ['2d', 172_800_000],
  ] as const) {
    it(`reads ${text}`, () => assert.equal(durationMs(text), ms))
  }

  for (const text of ['', '30', '30 s', '-1s', 's', '1w', '1s2m', '.5s', '1.s', '30S']) {
    it(`refuses "${text}"`, () => assert.throws(() => durationMs(text), RangeError))
  }
})
