import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemItem } from '../../../src/engine/activation/activation.js'
import { guardFor, guardSettings, patienceMs } from '../../../src/engine/activation/guard.js'
import { box, SYSTEM } from '../../plan/samples.js'
import { activationOf } from './samples.js'

const guard = {
  activateMs: 240_000,
  confirmMs: 30_000,
  urlMs: 5000,
  escalate: { networkMs: 60_000, units: null, rebootMs: null },
}
const [service] = activationOf().items
assert.ok(service)
const system = (limits: { activate: string; confirm: string }) =>
  systemItem(box({ guard: limits }), {
    ...({ to: SYSTEM.next, from: 1, action: 'deploy', generation: null, mode: 'switch' } as const),
  })

describe('guardFor', () => {
  it('is the config’s where no system takes part', () => assert.deepEqual(guardFor(guard, [service]), guard))

  it('has the limits of a system, also shorter ones, and the rest from the config', () => {
    assert.deepEqual(guardFor(guard, [system({ activate: '1m', confirm: '3s' })]), {
      ...guard,
      activateMs: 60_000,
      confirmMs: 3_000,
    })
  })

  it('has the longest of each limit that its items want', () => {
    const systems = [system({ activate: '10m', confirm: '1s' }), system({ activate: '5m', confirm: '2m' })]
    assert.deepEqual(guardFor(guard, systems), { ...guard, activateMs: 600_000, confirmMs: 120_000 })
    assert.deepEqual(guardFor(guard, [system({ activate: '1m', confirm: '3s' }), service]), guard)
  })
})

describe('guardSettings', () => {
  it('are what the host is told', () => {
    assert.deepEqual(guardSettings(activationOf()), {
      ...{ policy: 'each', activateMs: 240_000, confirmMs: 30_000, holdMs: 0, escalate: null },
    })
    const escalate = { networkMs: 60_000, units: ['a.service', 'b@*.service'], rebootMs: 90_500 }
    assert.deepEqual(guardSettings(activationOf({ guard: { ...guard, escalate } })).escalate, escalate)
  })

  it('say null of what is not wanted', () => {
    assert.deepEqual(guardSettings(activationOf({ guard })).escalate, {
      ...{ networkMs: 60_000, units: null, rebootMs: null },
    })
  })

  it('hold a host for others as long as it may be at work itself', () => {
    const settings = guardSettings(activationOf({ voter: { vote: async () => true } }))
    assert.deepEqual([settings.policy, settings.holdMs, patienceMs(settings)], ['all', 240_000, 270_000])
  })
})
