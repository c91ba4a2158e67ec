import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { interrupted, unlessInterrupted } from '../../src/engine/interrupt.js'
import { settle } from '../../src/engine/settle.js'
import { ExitCode } from '../../src/errors.js'

const never = new Promise<never>(() => {})

describe('unlessInterrupted', () => {
  const live = () => new AbortController()

  it('gives what the work gives', async () => {
    assert.equal(await unlessInterrupted(live().signal, Promise.resolve(5)), 5)
  })

  it('fails as the work fails', async () => {
    await assert.rejects(unlessInterrupted(live().signal, Promise.reject(new Error('no'))), /^Error: no$/)
  })

  it('ends at once when the user asks to stop', async () => {
    const controller = live()
    const work = unlessInterrupted(controller.signal, never)
    controller.abort()
    await assert.rejects(work, interrupted())
  })

  it('does not wait for work where the user asked already', async () => {
    await assert.rejects(unlessInterrupted(AbortSignal.abort(), never), interrupted())
  })
})

describe('interrupted', () => {
  it('ends the program as shells report Ctrl-C', () => assert.equal(interrupted().code, ExitCode.interrupted))
})

describe('settle', () => {
  it('tells of success', async () => {
    assert.deepEqual(await settle(Promise.resolve(5)), { ok: true, value: 5 })
  })
  it('tells of failure', async () => {
    const error = new Error('no')
    assert.deepEqual(await settle(Promise.reject(error)), { ok: false, error })
  })
})
