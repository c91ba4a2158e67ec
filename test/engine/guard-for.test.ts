import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Activation } from '../../src/engine/bundle.js'
import { guardFor } from '../../src/engine/guard-for.js'
import { box } from '../plan/samples.js'

describe('guardFor', () => {
  const guard = {
    activateMs: 240_000,
    confirmMs: 30_000,
    urlMs: 5000,
    escalate: { networkMs: 60_000, units: null, rebootMs: null },
  }
  const service: Activation = {
    kind: 'service',
    name: 'web',
    to: 2,
    expected: 1,
    action: 'deploy',
    hooks: true,
  }
  const system = (limits: { activate: string; confirm: string }): Activation => ({
    ...{ kind: 'system', name: 'box', to: '/nix/store/box', expected: 1, action: 'deploy' },
    ...{ generation: null, mode: 'switch', system: box({ guard: limits }) },
  })

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
