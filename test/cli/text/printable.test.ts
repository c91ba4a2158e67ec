import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import pc from 'picocolors'
import { printable, printableJson } from '../../../src/cli/text/printable.js'

/** What must never reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const SPEAKS = /[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
const ESCAPE = new RegExp(String.fromCharCode(27))
const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')

describe('printable', () => {
  it('audit 30: lets no service move the cursor, or write over what was said', () => {
    assert.equal(printable('up\rFAKE: app: confirmed'), 'up\ufffdFAKE: app: confirmed')
    assert.equal(
      printable('\u001b[2J\u009b2Jx\u001b]0;title\u0007'),
      '\ufffd[2J\ufffd2Jx\ufffd]0;title\ufffd',
    )
  })

  it('audit 30: nor hide text, or turn it around', () => {
    assert.equal(printable('\u001b[8mhidden\u001b[28m'), '\ufffd[8mhidden\u001b[28m')
    assert.equal(printable('\u001b[38;5;0mx'), '\ufffd[38;5;0mx')
    assert.equal(printable('deploy \u202eppa'), 'deploy \ufffdppa')
  })

  it('leaves lines, tabs and our own colours as they are', () => {
    const colors = pc.createColors(true)
    const text = [
      'a\tb\nc ü 漢',
      ...[colors.red, colors.dim, colors.bold, colors.yellow].map((in_) => in_('x')),
    ]
    for (const one of text) assert.equal(printable(one), one)
  })

  it('holds for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const shown = printable(text)
        assert.doesNotMatch(shown, SPEAKS)
        assert.doesNotMatch(shown.replaceAll(COLOUR, ''), ESCAPE)
        assert.equal(printable(shown), shown)
      }),
      { numRuns: 20_000, seed: 30 },
    )
  })

  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const json = printableJson(JSON.stringify({ text }))
        assert.doesNotMatch(json, SPEAKS)
        assert.deepEqual(JSON.parse(json), { text })
      }),
      { numRuns: 5000, seed: 30 },
    )
  })
})
