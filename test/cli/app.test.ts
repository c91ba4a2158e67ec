import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { slipway } from '../../src/cli/app.js'
import { helpText } from '../../src/cli/text/help-text.js'

/** The most lines that help may have: what a terminal shows without scrolling. */
const MOST_LINES = 60

describe('slipway --help', () => {
  it('has every command once, by what it is for', () =>
    assert.deepEqual(
      Object.values(slipway.tasks ?? {})
        .flat()
        .sort(),
      Object.keys(slipway.commands).sort(),
    ))

  it('is short', () => {
    const lines = helpText(slipway).split('\n')
    assert.ok(lines.length <= MOST_LINES, `${lines.length} lines`)
  })
})
