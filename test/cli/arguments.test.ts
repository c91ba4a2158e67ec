import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseOnOff, parsePercent, parseRelease } from '../../src/cli/arguments.js'

describe('parsePercent', () => {
  for (const [text, percent] of [
    ['1%', 1],
    ['10%', 10],
    ['99%', 99],
    ['1', 1],
    ['10', 10],
    ['05%', 5],
  ] as const) {
    it(`takes ${text}`, () => assert.equal(parsePercent(text), percent))
  }

  for (const text of [
    '0',
    '0%',
    '00%',
    '100%',
    '-5%',
    '1.5%',
    '0.5',
    '1e1',
    ' 5%',
    '5 %',
    '5%%',
    '%',
    '',
    'x',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parsePercent(text), new RangeError(`"${text}" is not a share between 1% and 99%`))
    })
  }
})

describe('parseOnOff', () => {
  for (const text of ['on', 'off']) {
    it(`takes ${text}`, () => assert.equal(parseOnOff(text), text))
  }

  for (const text of ['On', 'OFF', 'true', 'yes', '1', '', 'on ']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseOnOff(text), new RangeError(`"${text}" is neither on nor off`))
    })
  }
})

describe('parseRelease', () => {
  for (const [text, release] of [
    ['3', 3],
    ['999999', 999999],
    ['f46d510', { commit: 'f46d510' }],
    ['1234567', { commit: '1234567' }],
  ] as const) {
    it(`takes ${text}`, () => assert.deepEqual(parseRelease(text), release))
  }
  for (const text of ['0', '-1', '3.1', 'main', 'f46d51', 'F46D510', '']) {
    it(`takes no ${text || 'nothing'}`, () =>
      assert.throws(() => parseRelease(text), /neither the number of a release nor a commit/))
  }
})
