import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agoText, tableText } from '../../../src/cli/text/table.js'

describe('tableText', () => {
  it('aligns columns, without spaces at the ends of lines', () => {
    const rows = [
      ['web', '12', 'healthy'],
      ['guestbook', '3', ''],
    ]
    assert.equal(
      tableText(['service', 'release', 'status'], rows),
      `service    release  status
web        12       healthy
guestbook  3`,
    )
  })

  it('is the header alone without rows', () => assert.equal(tableText(['a', 'b'], []), 'a  b'))
  it('takes rows that end early', () =>
    assert.equal(tableText(['a', 'b'], [['longer']]), 'a       b\nlonger'))
})

describe('agoText', () => {
  for (const [seconds, text] of [
    [-3, '0 s'],
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [3599, '59 min'],
    [3600, '1 h'],
    [86_399, '23 h'],
    [86_400, '1 d'],
    [864_000, '10 d'],
  ] as const) {
    it(`says "${text}" for ${seconds} seconds`, () => assert.equal(agoText(seconds), text))
  }
})
