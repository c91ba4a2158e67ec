import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HostEvent } from '../../../src/contract/events.js'
import { createEventLog } from '../../../src/engine/activation/event-log.js'

const never = new AbortController().signal
const event = (step: HostEvent['step'], item = 'web'): HostEvent => ({ item, step, detail: null })

const logOf = (onEvent: (event: HostEvent) => void = () => undefined) => createEventLog({ items: 1, onEvent })

describe('createEventLog', () => {
  it('takes each event once, in order', () => {
    const told: string[] = []
    const log = logOf(({ step }) => told.push(step))
    assert.equal(log.add(0, event('starting')), true)
    assert.equal(log.add(0, event('starting')), true)
    assert.equal(log.add(2, event('active')), false)
    assert.equal(log.add(1, event('checking')), true)
    assert.deepEqual(told, ['starting', 'checking'])
    assert.deepEqual(log.events, [event('starting'), event('checking')])
  })

  it('goes on from what is known', () => {
    const told: string[] = []
    const log = createEventLog({
      ...{ items: 1, known: [event('done')] },
      onEvent: ({ step }) => told.push(step),
    })
    log.add(0, event('done'))
    log.add(1, event('reverted'))
    assert.deepEqual(told, ['reverted'])
  })

  it('waits until something was told', async () => {
    const log = logOf()
    const waiting = log.until(() => log.events.length === 2, never)
    log.add(0, event('starting'))
    log.add(1, event('checking'))
    assert.equal(await waiting, true)
    assert.equal(await log.until(() => log.events.length === 2, AbortSignal.abort()), true)
  })

  it('waits no longer than it is to', async () => {
    const log = logOf()
    const controller = new AbortController()
    const waiting = log.until(() => false, controller.signal)
    controller.abort()
    assert.equal(await waiting, false)
    assert.equal(await log.until(() => false, AbortSignal.abort()), false)
  })
})

describe('how far a host has come', () => {
  it('is told by its events, and never goes back', () => {
    const log = createEventLog({ items: 2, onEvent: () => undefined })
    const steps = ['starting', 'checking', 'checking', 'active', 'waiting', 'confirmed', 'ended'] as const
    const phases = steps.map((step, seq) => {
      log.add(seq, event(step))
      return (['ended', 'waiting', 'proving', 'begun'] as const).find((phase) => log.has(phase))
    })
    assert.deepEqual(phases, ['begun', 'begun', 'proving', 'proving', 'waiting', 'waiting', 'ended'])
    assert.equal(log.has('begun'), true)
  })
})
