import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { manifestOf } from '../../src/plan/manifest.js'
import { layoutOf } from '../../src/release/layout.js'
import { app, ingredients, PACKAGE, staticSite } from './samples.js'

/** What a host has to know of the release of a service. */
function layout(fields: Parameters<typeof app>[0], given: Parameters<typeof ingredients>[0] = {}) {
  return layoutOf(manifestOf(app(fields), ingredients({ ports: [20_000, 20_001], ...given })))
}

const HEALTH = {
  path: '/',
  status: undefined,
  timeoutMs: 30_000,
  intervalMs: 50,
  attemptMs: 5000,
  successes: 2,
  settleMs: 1000,
}

describe('layoutOf', () => {
  it('of a service tells who, what, where and when it is healthy', () => {
    const found = layout({
      listen: 'port',
      state: true,
      adopt: false,
      keep: 3,
      routes: ['https://example.com'],
      health: {
        path: '/up',
        status: [200, 204],
        timeout: '45s',
        interval: '250ms',
        attempt: '2s',
        successes: 3,
      },
      processes: { worker: { run: 'work' } },
      timers: { nightly: { run: 'clean', calendar: '*-*-* 03:00' } },
    })
    assert.deepEqual(found, {
      kind: 'service',
      keep: 3,
      user: true,
      state: true,
      adopt: false,
      slots: 'port',
      endpoints: { blue: { tcp: 20_000 }, green: { tcp: 20_001 } },
      gateway: null,
      reloads: null,
      processes: ['web-worker.service'],
      timers: ['web-nightly.timer'],
      calendars: ['*-*-* 03:00'],
      drainMs: 30_000,
      watchMs: 0,
      health: {
        path: '/up',
        status: [200, 204],
        timeoutMs: 45_000,
        intervalMs: 250,
        attemptMs: 2000,
        successes: 3,
        settleMs: 1000,
      },
      before: [],
      after: [],
      probes: [
        { url: 'https://example.com/up', domain: 'example.com', path: '/up', any: false, status: [200, 204] },
      ],
      secrets: {},
      secretVariables: false,
    })
  })

  it('of a worker names no endpoint and no route', () => {
    assert.deepEqual(layout({}), {
      kind: 'service',
      keep: 5,
      user: true,
      state: false,
      adopt: false,
      slots: null,
      endpoints: null,
      gateway: null,
      reloads: null,
      processes: ['web.service'],
      timers: [],
      calendars: [],
      drainMs: 30_000,
      watchMs: 0,
      health: HEALTH,
      before: [],
      after: [],
      probes: [],
      secrets: {},
      secretVariables: false,
    })
  })

  it('of a site names its routes', () => {
    const site = staticSite({ routes: ['https://example.com', 'https://example.com/docs'] })
    assert.deepEqual(layoutOf(manifestOf(site, ingredients())), {
      kind: 'site',
      keep: 5,
      user: false,
      state: false,
      adopt: false,
      slots: null,
      endpoints: null,
      gateway: null,
      reloads: null,
      processes: [],
      timers: [],
      calendars: [],
      drainMs: 0,
      watchMs: 0,
      health: null,
      before: [],
      after: [],
      probes: [
        { url: 'https://example.com/', domain: 'example.com', path: '/', any: false, status: undefined },
        {
          url: 'https://example.com/docs/',
          domain: 'example.com',
          path: '/docs/',
          any: false,
          status: undefined,
        },
      ],
      secrets: {},
      secretVariables: false,
    })
  })

  it('tells how long to watch it, and how long requests under way may go on', () => {
    const { watchMs, drainMs } = layout({ watch: '1m', drain: '45s' })
    assert.deepEqual([watchMs, drainMs], [60_000, 45_000])
  })

  it('names hooks in order: how long they may take, whether they can not be undone, and their words', () => {
    const { before, after } = layout({
      before: [{ run: 'migrate up' }, { run: ['seed', "it's"], timeout: '1500ms', irreversible: true }],
      after: '/bin/notify --all',
    })
    assert.deepEqual(before, [
      { argv: [`${PACKAGE}/bin/migrate`, 'up'], timeoutMs: 300_000, irreversible: false },
      { argv: [`${PACKAGE}/bin/seed`, "it's"], timeoutMs: 1500, irreversible: true },
    ])
    assert.deepEqual(after, [{ argv: ['/bin/notify', '--all'], timeoutMs: 300_000, irreversible: false }])
  })

  it('names what each slot listens on, and leaves its units out', () => {
    const { slots, endpoints, processes } = layout({
      listen: 'socket',
      processes: { worker: { run: 'work' } },
    })
    assert.equal(slots, 'socket')
    assert.deepEqual(endpoints, {
      blue: { unix: '/run/slipway-sockets/web@blue.sock' },
      green: { unix: '/run/slipway-sockets/web@green.sock' },
    })
    assert.deepEqual(processes, ['web-worker.service'])
  })

  it('names the secrets whose versions are known, and whether programs get any as a variable', () => {
    const fields = { secrets: { URL: {}, KEY: { as: 'file' }, ABSENT: { from: 'host' } } } as const
    const both = layout(fields, { secrets: { URL: 'aa.cred', KEY: 'bb' } })
    assert.deepEqual(both.secrets, { KEY: 'bb', URL: 'aa.cred' })
    assert.equal(both.secretVariables, true)
    assert.equal(layout(fields, { secrets: { KEY: 'bb' } }).secretVariables, false)
  })

  for (const [route, path, any] of [
    [{ url: 'https://example.com' }, '/up', false],
    [{ url: 'https://example.com', strip: false }, '/up', false],
    [{ url: 'https://example.com/forum' }, '/forum/up', false],
    [{ url: 'https://example.com/forum', strip: false }, '/forum/', true],
    [{ url: 'https://example.com/up', strip: false }, '/up/', true],
  ] as const) {
    it(`asks for ${path}${any ? ', whatever the answer,' : ''} through ${JSON.stringify(route)}`, () => {
      const [probe] = layout({ listen: 'port', health: { path: '/up' }, routes: [route] }).probes
      assert.deepEqual([probe?.domain, probe?.path, probe?.any], ['example.com', path, any])
    })
  }
})
