import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveHost } from '../../src/config/resolve.js'
import { activationsOf, newReleases, unchangedOutcomes } from '../../src/deploy/due.js'
import type { AllPrepared } from '../../src/deploy/prepare.js'
import { planHost } from '../../src/plan/plan.js'
import {
  app,
  box,
  boxReport,
  builds,
  built,
  builtBox,
  manifestOf,
  report,
  SYSTEM,
  serving,
  unit,
} from '../plan/samples.js'

const ASSETS = { files: [], digest: 'd1gest' }

/** A host with a service and a system of every status, and what is planned there. */
function planned() {
  const host = resolveHost('nixie', { ssh: 'root@nixie' })
  const named = (name: string, fields: Parameters<typeof app>[0] = {}) => ({ ...app(fields), name })
  const services = [named('fresh'), named('same'), named('grown', { env: { A: '1' } }), named('idle')].map(
    (service) => built(service, service.name === 'fresh' ? { assets: ASSETS.digest } : {}),
  )
  const current = report({
    services: [
      serving(manifestOf(named('same')), { name: 'same' }),
      serving(manifestOf(named('grown')), { name: 'grown' }),
      serving(manifestOf(named('idle')), {
        name: 'idle',
        units: [unit('idle.service', 'inactive', 'dead')],
      }),
      serving(null, { name: 'foreign' }),
    ],
    systems: [boxReport(), boxReport({ name: 'kept' })],
  })
  const systems = [
    builtBox(),
    { system: { ...box(), name: 'kept' }, path: SYSTEM.current },
    { system: { ...box(), name: 'home' }, path: SYSTEM.other },
  ]
  const prepared: AllPrepared = {
    services: services.map((item) => ({
      built: item,
      assets: item.service.name === 'fresh' ? ASSETS : null,
      fresh: false,
    })),
    systems,
  }
  const plan = planHost('nixie', { ...builds(...services), systems, mode: 'switch' }, current, 'ann@laptop')
  return { host, plan, prepared }
}

describe('newReleases', () => {
  it('are those of services that are new or changed, with their assets', () => {
    const all = planned()
    const [fresh, , grown] = all.plan.services
    assert.deepEqual(newReleases(all), [
      { plan: fresh, assets: ASSETS },
      { plan: grown, assets: null },
    ])
  })
})

describe('activationsOf', () => {
  it('are all that does not stay as it is, systems first', () => {
    assert.deepEqual(activationsOf(planned()), [
      {
        kind: 'system',
        name: 'box',
        to: SYSTEM.next,
        expected: 7,
        mode: 'switch',
        system: box(),
        action: 'deploy',
        generation: null,
      },
      {
        kind: 'system',
        name: 'home',
        to: SYSTEM.other,
        expected: null,
        mode: 'switch',
        system: { ...box(), name: 'home' },
        action: 'deploy',
        generation: null,
      },
      { kind: 'service', name: 'fresh', to: 1, expected: null, action: 'deploy' },
      { kind: 'service', name: 'grown', to: 4, expected: 3, action: 'deploy' },
      { kind: 'service', name: 'idle', to: 3, expected: 3, action: 'restart' },
    ])
  })
})

describe('unchangedOutcomes', () => {
  it('tells of what stays as it is, and what serves of it', () => {
    const unchanged = { host: 'nixie', result: 'unchanged', reason: null, journal: null, notes: [] }
    assert.deepEqual(unchangedOutcomes(planned()), [
      { ...unchanged, kind: 'system', name: 'kept', release: 7, previous: 7, serving: 7 },
      { ...unchanged, kind: 'service', name: 'same', release: 3, previous: 3, serving: 3 },
    ])
  })
})
