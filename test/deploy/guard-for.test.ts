import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { guardFor } from '../../src/deploy/guard-for.js'
import { box } from '../plan/samples.js'

describe('guardFor', () => {
  const guard = {
    activateMs: 240_000,
    confirmMs: 30_000,
    urlMs: 5000,
    escalate: { networkMs: 60_000, units: undefined, rebootMs: undefined },
  }

  it('is the config’s where no system takes part', () => assert.deepEqual(guardFor(guard, []), guard))

  it('has the limits of a system, and the rest from the config', () => {
    assert.deepEqual(guardFor(guard, [box({ guard: { activate: '10m', confirm: '2m' } })]), {
      ...guard,
      activateMs: 600_000,
      confirmMs: 120_000,
    })
  })

  it('has the longest of each limit that systems want', () => {
    const systems = [
      box({ guard: { activate: '10m', confirm: '1m' } }),
      box({ guard: { activate: '5m', confirm: '2m' } }),
    ]
    assert.deepEqual(guardFor(guard, systems), { ...guard, activateMs: 600_000, confirmMs: 120_000 })
  })
})
