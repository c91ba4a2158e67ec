import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HostEvent } from '../../../src/contract/events.js'
import { createEventLog, phaseOf, reached } from '../../../src/engine/activation/event-log.js'

const never = new AbortController().signal
const event = (step: HostEvent['step'], item = 'web'): HostEvent => ({ item, step, detail: null })

describe('createEventLog', () => {
  it('takes each event once, in order', () => {
    const told: string[] = []
    const log = createEventLog(({ step }) => told.push(step))
    assert.equal(log.add(0, event('starting')), true)
    assert.equal(log.add(0, event('starting')), true)
    assert.equal(log.add(2, event('active')), false)
    assert.equal(log.add(1, event('checking')), true)
    assert.deepEqual(told, ['starting', 'checking'])
    assert.deepEqual(log.events, [event('starting'), event('checking')])
  })

  it('goes on from what is known', () => {
    const told: string[] = []
    const log = createEventLog(({ step }) => told.push(step), [event('done')])
    log.add(0, event('done'))
    log.add(1, event('reverted'))
    assert.deepEqual(told, ['reverted'])
  })

  it('waits until something was told', async () => {
    const log = createEventLog(() => undefined)
    const waiting = log.until((events) => events.length === 2, never)
    log.add(0, event('starting'))
    log.add(1, event('checking'))
    assert.equal(await waiting, true)
    assert.equal(await log.until((events) => events.length === 2, AbortSignal.abort()), true)
  })

  it('waits no longer than it is to', async () => {
    const log = createEventLog(() => undefined)
    const controller = new AbortController()
    const waiting = log.until(() => false, controller.signal)
    controller.abort()
    assert.equal(await waiting, false)
    assert.equal(await log.until(() => false, AbortSignal.abort()), false)
  })
})

describe('phaseOf', () => {
  it('is as far as the host has come', () => {
    const events: HostEvent[] = []
    const phases = (
      ['starting', 'checking', 'checking', 'active', 'waiting', 'confirmed', 'ended'] as const
    ).map((step) => {
      events.push(event(step))
      return phaseOf(events, 2)
    })
    assert.deepEqual(phases, ['begun', 'begun', 'proving', 'proving', 'waiting', 'waiting', 'ended'])
  })

  it('has an order', () => {
    assert.equal(reached('waiting', 'proving'), true)
    assert.equal(reached('begun', 'proving'), false)
    assert.equal(reached('ended', 'ended'), true)
  })
})
