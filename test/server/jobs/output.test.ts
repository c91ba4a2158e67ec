import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { lastWords, readOn } from '../../../src/server/jobs/output.js'
import { temporaryFolder } from '../temporary.js'

const HOST = {
  type: 'host',
  host: 'web',
  about: 'service',
  event: { item: 'forum', step: 'starting', detail: null },
}
const RESULT = {
  type: 'result',
  result: {
    outcomes: [{ name: 'forum', host: 'web', result: 'deployed', release: 1, serving: 1, reason: null }],
    failures: [],
  },
}
const text = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')

describe('what a deploy writes', () => {
  it('is read on in whole lines, each once', () => {
    const file = join(temporaryFolder(), 'out')
    writeFileSync(file, `${text({ type: 'built' })}{"type":"pla`)
    const first = readOn(file, 0, false)
    assert.deepEqual(first.lines, [{ type: 'built' }])
    appendFileSync(file, `nned"}\n${text(HOST)}`)
    const { lines } = readOn(file, first.read, false)
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['planned', 'host'],
    )
  })

  it('has a last line without an end only when the process is gone', () => {
    const file = join(temporaryFolder(), 'out')
    writeFileSync(file, text(RESULT).trimEnd())
    assert.deepEqual(readOn(file, 0, false).lines, [])
    assert.equal(readOn(file, 0, true).lines.length, 1)
  })

  for (const [what, line] of [
    ['no JSON', '{"type":'],
    ['of another kind', '{"type":"debug","text":"x"}'],
    ['a result that is none', '{"type":"result","result":5}'],
    [
      'a result with an outcome that is none',
      '{"type":"result","result":{"outcomes":[{"result":"good"}],"failures":[]}}',
    ],
    [
      'a step that there is not',
      '{"type":"host","host":"web","event":{"item":"x","step":"x","detail":null}}',
    ],
    ['what a config prints', 'hello'],
    ['null', 'null'],
  ]) {
    it(`is passed over where it is ${what}`, () => {
      const file = join(temporaryFolder(), 'out')
      writeFileSync(file, `${line}\n${text({ type: 'built' })}`)
      assert.deepEqual(readOn(file, 0, false).lines, [{ type: 'built' }])
    })
  }

  it('gives its last words, after lines longer than what is read at once', () => {
    const file = join(temporaryFolder(), 'out')
    const long = text({ type: 'planned', plan: 'x'.repeat(3 * 1024 * 1024) })
    writeFileSync(file, `${long}${'y'.repeat(20 * 1024 * 1024)}\n${text(RESULT)}`)
    assert.equal(lastWords(file).result?.outcomes[0]?.result, 'deployed')
  })

  it('is nothing where there is no file', () => {
    assert.deepEqual(lastWords('/nonexistent/out'), {})
    assert.deepEqual(readOn('/nonexistent/out', 0, true), { lines: [], read: 0, size: 0 })
  })
})
