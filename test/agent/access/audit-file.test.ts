import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { createAudit } from '../../../src/agent/access/audit.js'
import { keepEntry, readAudit } from '../../../src/agent/access/audit-file.js'
import type { AuditEntry } from '../../../src/contract/audit.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const CI = { service: 'app', name: 'ci' }
const SERVER = { service: null, name: 'server' }

let test: TestAgent
beforeEach(() => {
  test = testAgent()
})
afterEach(() => test.remove())

const folder = () => join(test.agent.places.root, 'audit')
const entry = (second: number, change: Partial<AuditEntry> = {}): AuditEntry => ({
  at: new Date(second * 1000).toISOString(),
  key: CI,
  from: '192.0.2.1',
  kind: 'asked',
  text: `call ${second}`,
  ...change,
})
const texts = async (name: string | null = null, most = 100) =>
  (await readAudit(test.agent, { name, most })).map(({ text }) => text)

describe('what is written down about keys', () => {
  it('is told in order, whichever key it was', async () => {
    for (const [second, key] of [
      [2, CI],
      [1, SERVER],
      [3, SERVER],
    ] as const) {
      await keepEntry(test.agent, entry(second, { key }))
    }
    assert.deepEqual(await texts(), ['call 1', 'call 2', 'call 3'])
    assert.deepEqual(await texts('ci'), ['call 2'])
    assert.deepEqual(await texts('server', 1), ['call 3'])
    assert.deepEqual(await texts('rver'), [])
    assert.equal(statSync(folder()).mode & 0o777, 0o700)
  })

  it('audit 34: is on file apart for each key, and is turned over by nobody else', async () => {
    const audit = createAudit(test.agent)
    audit.refused(CI, '192.0.2.1', 'the first attack')
    for (let asked = 0; asked < 500; asked += 1) audit.asked(SERVER, '192.0.2.2', 'x'.repeat(10_000))
    await audit.settled()
    assert.deepEqual(readdirSync(folder()).sort(), [':server', 'app:ci'])
    assert.deepEqual(await texts('ci'), ['the first attack'])
    assert.equal((await texts('server')).length, 60)
    assert.ok(statSync(join(folder(), ':server')).size < 60 * 512)
  })

  it('audit 34: is not lost when a file is full, and takes no more than two of them', async () => {
    await keepEntry(test.agent, entry(1))
    const file = join(folder(), 'app:ci')
    const fill = `${JSON.stringify(entry(2, { text: 'x'.repeat(8 * 1024 * 1024) }))}\n`
    writeFileSync(file, `${JSON.stringify(entry(1))}\n${fill}`)
    await keepEntry(test.agent, entry(3))
    assert.deepEqual(readdirSync(folder()).sort(), ['app:ci', 'app:ci.1'])
    assert.equal((await texts()).at(-1), 'call 3')
  })
})
