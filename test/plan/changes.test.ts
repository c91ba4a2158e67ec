import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ClosurePath, Manifest } from '../../src/contract/release.js'
import { changesBetween } from '../../src/plan/changes.js'
import { app, CLOSURE, FEATURES, manifestOf, PACKAGE, staticSite } from './samples.js'

const NEXT_PACKAGE = '/nix/store/zyxwvsrqpnmlkjihgfdcba9876543210-app-1.1'
const LIBC = { path: '/nix/store/00000000000000000000000000000000-libc', bytes: 3000 }

/** The changes; the closure stays unless another is given. */
function changes(old: Manifest, next: Manifest, closure: ClosurePath[] = CLOSURE) {
  return changesBetween(old, next, { old: CLOSURE, next: closure }, FEATURES)
}

describe('changesBetween', () => {
  const listen = { port: 3000 }

  it('is empty for the same release', () => {
    assert.deepEqual(changes(manifestOf(app()), manifestOf(app())), [])
  })

  it('is empty where only the commit or who deploys differs', () => {
    const next = manifestOf(app(), { commit: { id: 'fedcba987654', dirty: true }, by: 'bob@desk' })
    assert.deepEqual(changes(manifestOf(app()), next), [])
  })

  it('tells another package by what it brings, not by the units that name it', () => {
    const next = manifestOf(app(), { package: NEXT_PACKAGE })
    const closure = [LIBC, { path: NEXT_PACKAGE, bytes: 250 }, { path: '/nix/store/1-new', bytes: 50 }]
    assert.deepEqual(changes(manifestOf(app()), next, closure), [
      {
        what: 'package',
        from: PACKAGE,
        to: NEXT_PACKAGE,
        closure: {
          addedPaths: [NEXT_PACKAGE, '/nix/store/1-new'],
          removedPaths: [PACKAGE],
          addedBytes: 300,
          removedBytes: 200,
          totalPaths: 3,
          totalBytes: 3300,
        },
      },
    ])
  })

  it('tells another package of a site by it alone, though nginx names it', () => {
    const old = manifestOf(staticSite())
    const next = manifestOf(staticSite(), { package: NEXT_PACKAGE })
    assert.deepEqual(
      changes(old, next).map(({ what }) => what),
      ['package'],
    )
  })

  it('tells units that come, go and change', () => {
    const old = app({ processes: { mail: { run: 'mail' } } })
    const next = app({ unit: { Nice: 1 }, timers: { nightly: { run: 'clean', calendar: 'daily' } } })
    assert.deepEqual(changes(manifestOf(old), manifestOf(next)), [
      {
        what: 'units',
        added: ['web-nightly.service', 'web-nightly.timer'],
        removed: ['web-mail.service'],
        changed: ['web.service'],
      },
    ])
  })

  it('tells variables by name', () => {
    const old = app({ env: { LEVEL: 'info', OLD: '1', SAME: 'x' } })
    const next = app({ env: { LEVEL: 'debug', NEW: '1', SAME: 'x' } })
    assert.deepEqual(changes(manifestOf(old), manifestOf(next)), [
      { what: 'environment', added: ['NEW'], removed: ['OLD'], changed: ['LEVEL'] },
    ])
  })

  it('tells variables of jobs by job and name', () => {
    const jobs = (queue: string, days: object) =>
      app({
        env: { QUEUE: 'all' },
        processes: { worker: { run: 'work', env: { QUEUE: queue } } },
        timers: { nightly: { run: 'clean', calendar: 'daily', env: { KEEP: 1, ...days } } },
      })
    assert.deepEqual(changes(manifestOf(jobs('mail', {})), manifestOf(jobs('post', { DAYS: 7 }))), [
      { what: 'environment', added: ['nightly.DAYS'], removed: [], changed: ['worker.QUEUE'] },
    ])
  })

  it('does not mind the order of variables', () => {
    const old = manifestOf(app({ env: { A: '1', B: '2' } }))
    assert.deepEqual(changes(old, manifestOf(app({ env: { B: '2', A: '1' } }))), [])
  })

  it('does not mind how it travelled, nor in which order directives are given', () => {
    const old = app({
      listen,
      run: 'serve',
      unit: { Nice: 1, MemoryMax: '1G' },
      routes: ['https://a.example'],
    })
    const next = app({
      listen,
      run: 'serve',
      unit: { MemoryMax: '1G', Nice: 1 },
      routes: ['https://a.example'],
    })
    const travelled = JSON.parse(JSON.stringify(manifestOf(old)))
    assert.deepEqual(changes(travelled, manifestOf(next)), [])
  })

  it('tells other ports, also as another way in which routes are served', () => {
    const web = app({ listen: 'port', routes: ['https://a.example'] })
    const old = manifestOf(web, { ports: [20_000, 20_001] })
    assert.deepEqual(changes(old, manifestOf(web, { ports: [20_000, 20_002] })), [
      { what: 'routes', added: [], removed: [] },
      { what: 'settings', added: ['port_green=20002'], removed: ['port_green=20001'] },
    ])
  })

  it('tells another folder of a site', () => {
    const next = manifestOf(staticSite({ dir: 'public' }))
    assert.deepEqual(changes(manifestOf(staticSite()), next), [{ what: 'routes', added: [], removed: [] }])
  })

  it('tells another page of a site', () => {
    const next = manifestOf(staticSite({ fallback: 'index.html' }))
    assert.deepEqual(changes(manifestOf(staticSite()), next), [{ what: 'routes', added: [], removed: [] }])
  })

  it('tells routes that come and go', () => {
    const old = app({ listen, routes: ['https://a.example', 'https://b.example'] })
    const next = app({ listen, routes: ['https://b.example', 'https://c.example'] })
    assert.deepEqual(changes(manifestOf(old), manifestOf(next)), [
      { what: 'routes', added: ['https://c.example'], removed: ['https://a.example'] },
    ])
  })

  it('tells that the same routes are served in another way', () => {
    const old = app({ listen, routes: [{ url: 'https://a.example/app' }] })
    const next = app({ listen, routes: [{ url: 'https://a.example/app', strip: false }] })
    assert.deepEqual(changes(manifestOf(old), manifestOf(next)), [{ what: 'routes', added: [], removed: [] }])
  })

  it('tells other assets', () => {
    assert.deepEqual(changes(manifestOf(app()), manifestOf(app(), { assets: 'd1gest' })), [
      { what: 'assets', from: null, to: 'd1gest' },
    ])
  })

  it('tells settings where nothing else differs', () => {
    const old = manifestOf(app({ keep: 5 }))
    const next = manifestOf(app({ keep: 3, health: { path: '/up' } }))
    assert.deepEqual(changes(old, next), [
      { what: 'settings', added: ['keep=3', 'health_path=/up'], removed: ['keep=5', 'health_path=/'] },
    ])
  })

  it('tells how health is told, and not that the program is of another package', () => {
    const old = manifestOf(app({ listen: { port: 4000 } }))
    const next = (health: object, given = {}) => manifestOf(app({ listen: { port: 4000 }, health }), given)
    assert.deepEqual(changes(old, next({ run: 'check --all' })), [
      { what: 'settings', added: ['health_by=/bin/check --all'], removed: [] },
    ])
    assert.deepEqual(changes(old, next({ protocol: 'grpc', grpcService: 'a.B' })), [
      { what: 'settings', added: ['health_by=grpc a.B'], removed: [] },
    ])
    const other = next({ run: 'check --all' }, { package: NEXT_PACKAGE })
    assert.deepEqual(changes(next({ run: 'check --all' }), other).slice(1), [])
  })

  it('tells how long is drained, and hooks, but not that these are of another package', () => {
    const old = manifestOf(app({ before: 'migrate' }))
    const next = manifestOf(app({ before: 'migrate', after: 'notify --all', drain: '1m' }), {
      package: NEXT_PACKAGE,
    })
    assert.deepEqual(changes(old, next).slice(1), [
      { what: 'settings', added: ['drain=6000', 'after=300 no /bin/notify --all'], removed: ['drain=3000'] },
    ])
  })

  it('tells waits and limits however little they differ', () => {
    const old = manifestOf(app({ drain: '1s', before: { run: 'migrate', timeout: '1s' } }))
    const next = manifestOf(app({ drain: '1001ms', before: { run: 'migrate', timeout: '1200ms' } }))
    assert.deepEqual(changes(old, next), [
      {
        what: 'settings',
        added: ['drain=100.1', 'before=1.2 no /bin/migrate'],
        removed: ['drain=100', 'before=1 no /bin/migrate'],
      },
    ])
  })

  it('tells settings beside other changes, but not what other changes tell already', () => {
    const old = manifestOf(app({ listen, health: { path: '/up', successes: 2 } }))
    const next = manifestOf(
      app({
        listen: { port: 3001 },
        state: true,
        health: { path: '/up', successes: 3 },
        routes: ['https://a.example'],
        processes: { worker: { run: 'work' } },
        timers: { nightly: { run: 'clean', calendar: 'daily' } },
      }),
    )
    assert.deepEqual(changes(old, next), [
      {
        what: 'units',
        added: ['web-worker.service', 'web-nightly.service', 'web-nightly.timer'],
        removed: [],
        changed: ['web@.service', 'web@queue-blue.service', 'web@queue-green.service'],
      },
      { what: 'routes', added: ['https://a.example'], removed: [] },
      {
        what: 'settings',
        added: ['port_blue=3001', 'port_green=3001', 'health_successes=3'],
        removed: ['port_blue=3000', 'port_green=3000', 'health_successes=2'],
      },
    ])
  })

  it('tells everything that differs, in one order', () => {
    const old = app({ listen })
    const next = app({ listen, keep: 2, env: { A: '1' }, unit: { Nice: 1 }, routes: ['https://a.example'] })
    const given = { package: NEXT_PACKAGE, assets: 'd1gest' }
    assert.deepEqual(
      changes(manifestOf(old), manifestOf(next, given)).map(({ what }) => what),
      ['package', 'units', 'environment', 'routes', 'assets', 'settings'],
    )
  })
})
