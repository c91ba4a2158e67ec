import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LockedError } from '../../src/engine/host-error.js'
import { whileLocked } from '../../src/engine/lock-wait.js'
import { testEngine } from './engine.js'

const HOLDER = { id: 'x', who: 'bob@desk', what: 'deploy api', since: 1_700_000_000 }
const LOCKED = new LockedError('nixie', HOLDER)

describe('whileLocked', () => {
  it('is done at once where nobody holds the lock', async () => {
    const engine = testEngine()
    const waited = await whileLocked(engine, 'nixie', { wait: true }, async (waited) => waited)
    assert.equal(waited, false)
    assert.deepEqual(engine.lines(), [])
  })

  it('gives up at once unless it is to wait', async () => {
    const work = async () => {
      throw LOCKED
    }
    await assert.rejects(whileLocked(testEngine(), 'nixie', { wait: false }, work), LOCKED)
  })

  it('tries again while it waits, and says once for whom', async () => {
    const engine = testEngine()
    const tries: boolean[] = []
    const result = await whileLocked(engine, 'nixie', { wait: true }, async (waited) => {
      tries.push(waited)
      if (tries.length < 3) throw LOCKED
      return 'done'
    })
    assert.equal(result, 'done')
    assert.deepEqual(tries, [false, true, true])
    assert.deepEqual(engine.lines(), [
      'waiting: nixie is being worked on: bob@desk holds its lock since 22:13:20 UTC: deploy api',
    ])
  })

  it('says it again after half a minute', async (test) => {
    test.mock.timers.enable({ apis: ['Date'] })
    const engine = testEngine()
    const told: number[] = []
    await whileLocked(engine, 'nixie', { wait: true }, async () => {
      told.push(engine.lines().length)
      if (told.length === 4) return
      test.mock.timers.tick(20_000)
      throw LOCKED
    })
    assert.deepEqual(told, [0, 1, 1, 2])
  })

  it('does not try again after another error', async () => {
    const work = async () => {
      throw new Error('no ssh')
    }
    await assert.rejects(whileLocked(testEngine(), 'nixie', { wait: true }, work), /no ssh/)
  })

  it('stops waiting when the user asks to', async () => {
    const engine = testEngine()
    const work = async () => {
      engine.stop()
      throw LOCKED
    }
    await assert.rejects(whileLocked(engine, 'nixie', { wait: true }, work), /stopped on request/)
  })
})
