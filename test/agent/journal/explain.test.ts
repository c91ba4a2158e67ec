import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { journalArgv, journalOf, ranSince } from '../../../src/agent/journal/explain.js'
import type { UnitState } from '../../../src/agent/systemd/systemd.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

let host: TestAgent
beforeEach(() => {
  host = testAgent()
})
afterEach(() => host.remove())

const unit = (times: Partial<UnitState>): UnitState => ({
  id: 'web@blue.service',
  load: 'loaded',
  active: 'failed',
  sub: 'failed',
  path: '',
  restarts: 0,
  result: '',
  mainCode: 0,
  mainStatus: 0,
  mainPid: 0,
  activeSince: 0,
  inactiveExit: 0,
  mainStart: 0,
  ...times,
})

describe('ranSince', () => {
  it('is the first of all times; never is none', () => {
    assert.equal(ranSince([unit({ inactiveExit: 30, mainStart: 20 }), unit({ inactiveExit: 25 })]), 20)
    assert.equal(ranSince([unit({})]), undefined)
    assert.equal(ranSince([]), undefined)
  })
})

describe('journalOf', () => {
  const words = 'Started web.\nno such table\n'
  const read = (times: Partial<UnitState>, code = 0) => {
    host.remove()
    host = testAgent({
      run: async (argv) =>
        endedWith(code, argv.includes('--sync') ? {} : { stdout: words, stderr: 'broken' }),
      systemd: { units: async (names) => names.map(() => unit(times)) },
    })
    return journalOf(host.agent, ['web@blue.service'])
  }

  it('is what units said since they began, once it is written down', async () => {
    assert.equal(await read({ inactiveExit: 1_700_000_000_000_123 }), words.trimEnd())
    assert.deepEqual(host.ran, [
      'journalctl --sync',
      'journalctl --quiet --no-pager --output=cat --lines=20 --since=@1700000000.000123 --unit=web@blue.service',
    ])
  })

  it('is nothing where nothing ran', async () => {
    assert.equal(await read({}), '')
    assert.equal(await journalOf(host.agent, []), '')
  })

  it('fails nothing where it can not be had', async () => {
    await read({ mainStart: 1 }, 1)
    assert.deepEqual(host.logged, ['journalctl --sync: no answer', 'journalctl: broken'])
    host.remove()
    host = testAgent()
    assert.equal(await journalOf(host.agent, ['a.service']), '')
    assert.equal(host.logged.length, 1)
  })

  it('names a time to the microsecond', () =>
    assert.ok(journalArgv([], 1_000_001).includes('--since=@1.000001')))
})
