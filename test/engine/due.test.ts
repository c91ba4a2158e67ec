import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveHost } from '../../src/config/resolve.js'
import { itemsOf, missingPaths, missingReleases, unchangedOutcomes } from '../../src/engine/due.js'
import type { AllPrepared } from '../../src/engine/prepare.js'
import { planHost } from '../../src/plan/plan.js'
import {
  app,
  box,
  boxReport,
  builds,
  built,
  builtBox,
  manifestOf,
  PROJECT,
  report,
  SYSTEM,
  serving,
  unit,
} from '../plan/samples.js'

const ASSETS = { files: [], digest: 'd1gest' }

/** A host with a service and a system of every status, and what is planned there. */
function planned(hostName = 'nixie') {
  const host = resolveHost(hostName, { ssh: 'root@nixie' })
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
      derivation: `${item.package}.drv`,
      assets: item.service.name === 'fresh' ? ASSETS : null,
      fresh: false,
    })),
    systems,
  }
  const plan = planHost(hostName, { ...builds(...services), systems, mode: 'switch' }, current, 'ann@laptop')
  return { host, plan, prepared }
}

describe('missingReleases', () => {
  it('are those of services that are new or changed, with their assets', () => {
    const all = planned()
    const [fresh, , grown] = all.plan.services
    assert.ok(fresh && grown)
    const of = ({ number, manifest, closure }: typeof fresh) => ({ number, manifest, closure })
    assert.deepEqual(missingReleases(all), [
      { ...of(fresh), assets: ASSETS },
      { ...of(grown), assets: null },
    ])
  })
})

describe('missingPaths', () => {
  it('are the packages of those, and systems', () => {
    const all = planned()
    assert.deepEqual(missingPaths(all), [
      ...missingReleases(all).map(({ manifest }) => manifest.package),
      SYSTEM.next,
      SYSTEM.other,
    ])
  })
})

describe('itemsOf', () => {
  const everywhere = { leads: () => true }
  const asked = { project: PROJECT, takeOver: false }
  it('are all that does not stay as it is, systems first', () => {
    const all = planned()
    const service = { kind: 'service', hooks: true, project: PROJECT.name, takeOver: false } as const
    const system = {
      ...{ kind: 'system', mode: 'switch', action: 'deploy', generation: null, user: 'root' },
      ...{ profile: '/nix/var/nix/profiles/system', profileName: 'system', confirm: true, revert: true },
    } as const
    const items = itemsOf(all, everywhere, asked)
    assert.deepEqual(
      items.map(({ item }) => item),
      [
        { ...system, name: 'box', to: SYSTEM.next },
        { ...system, name: 'home', to: SYSTEM.other },
        { ...service, name: 'fresh', to: 1, expected: null, action: 'deploy' },
        { ...service, name: 'grown', to: 4, expected: 3, action: 'deploy' },
        { ...service, name: 'idle', to: 3, expected: 3, action: 'restart' },
      ],
    )
    assert.deepEqual(
      items.map(({ from, unprivileged }) => [from, unprivileged]),
      [
        [7, false],
        [null, false],
        [null, true],
        [3, true],
        [3, true],
      ],
    )
    const { activateMs, confirmMs } = box()
    assert.deepEqual(items[0]?.limits, { activateMs, confirmMs })
  })

  /** The services among them. */
  function services(...args: Parameters<typeof itemsOf>) {
    return itemsOf(...args).flatMap(({ item }) => (item.kind === 'service' ? [item] : []))
  }

  it('run hooks where their host leads', () => {
    const leads = (host: string, service: string) => host === 'nixie' && service === 'grown'
    assert.deepEqual(
      services(planned(), { leads }, asked).map(({ hooks }) => hooks),
      [false, true, false],
    )
    assert.deepEqual(
      services(planned('pixie'), { leads }, asked).map(({ hooks }) => hooks),
      [false, false, false],
    )
  })

  it('give new releases a share of the requests where they are to be canaries', () => {
    assert.deepEqual(
      services(planned(), everywhere, { ...asked, canary: 5 }).map(({ name, action, percent }) => [
        name,
        action,
        percent,
      ]),
      [
        ['fresh', 'canary', 5],
        ['grown', 'canary', 5],
        ['idle', 'restart', undefined],
      ],
    )
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
