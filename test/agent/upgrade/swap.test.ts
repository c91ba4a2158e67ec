import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { UnitState } from '../../../src/agent/systemd/systemd.js'
import { failedUpgrade } from '../../../src/agent/upgrade/failed-upgrade.js'
import { swap } from '../../../src/agent/upgrade/swap.js'
import { endedWith, type TestAgent, testAgent } from '../test-agent.js'

const [OLDEST, OLD, NEW] = ['a', 'b', 'c'].map((digit) => digit.repeat(16)) as [string, string, string]

/** As far as it is looked at. */
const state = (mainPid: number, active = 'active') =>
  ({ active, mainPid, inactiveExit: 1, mainStart: 1 }) as UnitState

describe('a swap of the agent', () => {
  let test: TestAgent
  let units: string
  /** How starts of versions end, by version. */
  let starts: Record<string, 'runs' | 'failed' | 'ends'>
  let running: string
  let pid: number

  const dropIn = () => join(units, 'slipway-agent.service.d/trial.conf')
  /** What the unit starts, by what is on the disk. */
  const wanted = () => {
    if (!existsSync(dropIn())) return readlinkSync(join(test.agent.places.agents, 'current'))
    return /([0-9a-f]{16})\/agent\.cjs serve$/m.exec(readFileSync(dropIn(), 'utf8'))?.[1] ?? ''
  }

  beforeEach(() => {
    starts = {}
    running = OLD
    pid = 1
    test = testAgent({
      run: async ([program]) => endedWith(0, { stdout: program === 'journalctl' ? 'what it said\n' : '' }),
      systemd: {
        daemonReload: async () => undefined,
        restart: async () => {
          running = wanted()
          pid += 1
          return starts[running] === 'failed' ? 'failed' : 'done'
        },
        unit: async () => {
          if (starts[running] === 'ends') pid += 1
          return state(pid)
        },
        units: async () => [state(pid)],
      },
    })
    units = join(test.folder, 'units')
    for (const hash of [OLDEST, OLD, NEW]) {
      mkdirSync(join(test.agent.places.agents, hash), { recursive: true })
      writeFileSync(join(test.agent.places.agents, hash, 'agent.cjs'), '')
    }
    symlinkSync(OLD, join(test.agent.places.agents, 'current'))
  })
  afterEach(() => test.remove())

  const swapped = () => swap(test.agent, NEW, { units, staysMs: 50 })
  const present = () => readdirSync(test.agent.places.agents).sort()

  it('makes a version that runs the current one, and keeps the one before', async () => {
    assert.equal(await swapped(), 'swapped')
    assert.deepEqual([running, wanted(), existsSync(dropIn())], [NEW, NEW, false])
    assert.deepEqual(present(), [OLD, NEW, 'current'])
    assert.equal(await failedUpgrade(test.agent), undefined)
  })

  for (const [how, problem] of [
    ['failed', 'it did not become ready: systemd says failed'],
    ['ends', 'it became ready, and ended soon after'],
  ] as const) {
    it(`starts the one before again where the new one ${how}`, async () => {
      starts[NEW] = how
      assert.equal(await swapped(), 'kept')
      assert.deepEqual([running, wanted(), existsSync(dropIn())], [OLD, OLD, false])
      assert.deepEqual(present(), [OLDEST, OLD, 'current', 'upgrade-failed.json'])
      assert.deepEqual(await failedUpgrade(test.agent), { hash: NEW, why: `${problem}\nwhat it said` })
    })
  }

  it('only clears up where it had been killed when all was done', async () => {
    await swapped()
    mkdirSync(join(units, 'slipway-agent.service.d'), { recursive: true })
    writeFileSync(dropIn(), '')
    const before = pid
    assert.equal(await swapped(), 'swapped')
    assert.deepEqual([pid, existsSync(dropIn())], [before, false])
  })

  it('goes back where a version could not even be tried', async () => {
    test.agent.systemd = { ...test.agent.systemd, restart: async () => Promise.reject(new Error('no bus')) }
    await assert.rejects(swapped(), /no bus/)
    assert.equal((await failedUpgrade(test.agent))?.why, 'it could not be tried: Error: no bus')
    assert.equal(existsSync(dropIn()), false)
  })
})
