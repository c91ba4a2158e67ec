import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import * as z from 'zod/mini'
import { appendEntry, readEntries } from '../../../src/agent/journal/entries.js'
import { serviceHistory } from '../../../src/agent/journal/history.js'
import { lastLines, readTail } from '../../../src/agent/journal/tail.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const schema = z.object({ n: z.number() })
let host: TestAgent
let path: string
beforeEach(() => {
  host = testAgent()
  path = join(host.folder, 'some/log')
})
afterEach(() => host.remove())

const append = (n: number) => appendEntry(host.agent, path, { n })
const cut = (text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  appendFileSync(path, text)
}

describe('a history', () => {
  it('holds what was added, in order', async () => {
    assert.deepEqual(await readEntries(path, schema), [])
    await append(1)
    await append(2)
    assert.deepEqual(await readEntries(path, schema), [{ n: 1 }, { n: 2 }])
  })

  it('leaves out a last line that a power cut has cut off', async () => {
    await append(1)
    cut('{"n":')
    assert.deepEqual(await readEntries(path, schema), [{ n: 1 }])
    await append(3)
    assert.equal(readFileSync(path, 'utf8'), '{"n":1}\n{"n":3}\n')
  })

  it('is begun anew where it holds nothing but that', async () => {
    cut('\0\0\0')
    await append(1)
    assert.equal(readFileSync(path, 'utf8'), '{"n":1}\n')
  })

  for (const [what, line] of [
    ['no JSON', '{"n":'],
    ['something else', '{"m":1}'],
  ] as const) {
    it(`fails where another line is ${what}`, async () => {
      cut(`${line}\n{"n":2}\n`)
      await assert.rejects(readEntries(path, schema), {
        message: `the history in ${path} can't be read: this line of it is damaged: ${line}`,
      })
    })
  }

  it('is read from the first whole line on', async () => {
    for (const n of [1, 2, 3]) await append(n)
    assert.deepEqual(await readEntries(path, schema, '{"n":2}\n{"n":3}\n'.length + 3), [{ n: 2 }, { n: 3 }])
  })
})

describe('serviceHistory', () => {
  const entry = (release: number) => ({
    at: '2025-01-01T00:00:00Z',
    action: 'deploy',
    release,
    from: null,
    commit: null,
    by: 'ann@laptop',
    seconds: 1.25,
    result: 'good' as const,
  })

  it('is of a service that is there', async () => {
    await assert.rejects(serviceHistory(host.agent, 'web'), { message: 'the host has no service web' })
    mkdirSync(host.agent.places.service('web'), { recursive: true })
    assert.deepEqual(await serviceHistory(host.agent, 'web'), [])
  })

  it('is the newest 200 entries, the oldest first', async () => {
    path = join(host.agent.places.service('web'), 'log')
    const all = Array.from({ length: 250 }, (_, index) => entry(index + 1))
    cut(all.map((one) => `${JSON.stringify(one)}\n`).join(''))
    assert.deepEqual(await serviceHistory(host.agent, 'web'), all.slice(50))
  })
})

describe('the end of a file', () => {
  it('is none where there is no file', async () => assert.equal(await readTail(path, 10), undefined))
  it('is all of a short one', async () => {
    cut('one\ntwo\n')
    assert.equal(await readTail(path, 100), 'one\ntwo\n')
    assert.equal(await readTail(path, 6), 'two\n')
  })
  it('has so many lines', () => {
    assert.equal(lastLines('one\ntwo\nthree\n', 2), 'two\nthree')
    assert.equal(lastLines('one', 2), 'one')
    assert.equal(lastLines('', 2), '')
  })
})
