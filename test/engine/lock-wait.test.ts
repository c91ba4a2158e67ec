import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { whileLocked } from '../../src/engine/lock-wait.js'
import { LockedError } from '../../src/remote/verbs.js'
import { recorded } from './recorded.js'

const LOCKED = new LockedError({ what: 'nixie is being worked on', why: 'bob holds its lock' })

describe('whileLocked', () => {
  const live = () => new AbortController().signal

  it('is done at once where nobody holds the lock', async () => {
    const { lines, terminal } = recorded()
    const waited = await whileLocked({ wait: true }, terminal, live(), async (waited) => waited)
    assert.equal(waited, false)
    assert.deepEqual(lines, [])
  })

  it('gives up at once unless it is to wait', async () => {
    const work = async () => {
      throw LOCKED
    }
    await assert.rejects(whileLocked({ wait: false }, recorded().terminal, live(), work), LOCKED)
  })

  it('tries again while it waits, and says once for whom', async () => {
    const { lines, terminal } = recorded()
    const tries: boolean[] = []
    const result = await whileLocked({ wait: true }, terminal, live(), async (waited) => {
      tries.push(waited)
      if (tries.length < 3) throw LOCKED
      return 'done'
    })
    assert.equal(result, 'done')
    assert.deepEqual(tries, [false, true, true])
    assert.deepEqual(lines, ['waiting: nixie is being worked on: bob holds its lock'])
  })

  it('does not try again after another error', async () => {
    const work = async () => {
      throw new Error('no ssh')
    }
    await assert.rejects(whileLocked({ wait: true }, recorded().terminal, live(), work), /no ssh/)
  })

  it('stops waiting when the user asks to', async () => {
    const controller = new AbortController()
    const work = async () => {
      controller.abort()
      throw LOCKED
    }
    await assert.rejects(
      whileLocked({ wait: true }, recorded().terminal, controller.signal, work),
      /stopped on request/,
    )
  })
})
