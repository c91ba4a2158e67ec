import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { renderEnvFile } from '../../src/release/env-file.js'
import { readEnvironmentFile, WITHOUT_GENERATOR } from './systemd.js'
import { difficultWords } from './words.js'

/** Numbered variables, one for each value. */
function numbered(values: string[]): Record<string, string> {
  return Object.fromEntries(values.map((value, index) => [`V${index}`, value]))
}

describe('renderEnvFile', () => {
  it('is empty without variables', () => assert.equal(renderEnvFile({}), ''))

  it('writes a line a variable, in their order', () => {
    assert.equal(renderEnvFile({ PORT: '3000', LEVEL: 'info' }), 'PORT="3000"\nLEVEL="info"\n')
  })

  for (const [value, quoted] of [
    ['', '""'],
    ['a b', '"a b"'],
    ['a"b', '"a\\"b"'],
    ["a'b", `"a'b"`],
    ['a\\b', '"a\\\\b"'],
    ['$HOME', '"\\$HOME"'],
    ['`id`', '"\\`id\\`"'],
    ['100%', '"100%"'],
    ['# no comment', '"# no comment"'],
    ['two\nlines', '"two\nlines"'],
  ] as const) {
    it(`quotes ${JSON.stringify(value)}`, () => assert.equal(renderEnvFile({ A: value }), `A=${quoted}\n`))
  }

  it('systemd reads what was written', { skip: WITHOUT_GENERATOR }, () => {
    // Empty values are fine in EnvironmentFile= but not in the files this reads.
    const values = ['a\rb', ...difficultWords(300, { without: /\$/ })].filter((value) => value !== '')
    const read = readEnvironmentFile(renderEnvFile(numbered(values)))
    assert.deepEqual(
      values.map((_, index) => read[`V${index}`]),
      values,
    )
  })

  it('a shell reads what was written, also with $', () => {
    const values = difficultWords(300, { seed: 2 })
    const text = renderEnvFile(numbered(values))
    const print = values.map((_, index) => `printf '%s\\0' "$V${index}"`).join('\n')
    const output = execFileSync('sh', ['-s'], { encoding: 'utf8', input: `${text}${print}\n` })
    assert.deepEqual(output.split('\0').slice(0, -1), values)
  })
})
