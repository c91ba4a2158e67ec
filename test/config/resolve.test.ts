import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import { SlipwayError, service, site } from '../../src/index.js'
import { resolved, SOURCE, withService, withSite } from './samples.js'

describe('resolveConfig', () => {
  it('fills in every default of a service', () => {
    assert.deepEqual(resolved(withService({})), {
      root: '/project',
      project: undefined,
      hosts: {
        nixie: {
          name: 'nixie',
          ssh: 'root@nixie',
          options: [],
          build: undefined,
          become: ['sudo', '-n'],
          substitutes: false,
        },
      },
      services: [
        {
          kind: 'service',
          name: 'web',
          package: { flake: '.#web' },
          hosts: ['nixie'],
          routes: [],
          keep: 5,
          run: undefined,
          listen: undefined,
          health: {
            path: '/',
            status: undefined,
            timeoutMs: 30_000,
            intervalMs: 50,
            attemptMs: 5000,
            successes: 2,
            settleMs: 1000,
          },
          watchMs: 0,
          drainMs: 30_000,
          before: [],
          after: [],
          env: {},
          envPackages: {},
          secrets: [],
          secretsAs: {},
          state: false,
          assets: [],
          hasAssets: false,
          processes: [],
          timers: [],
          unit: {},
        },
      ],
      systems: [],
      caches: [],
      guard: { activateMs: 240_000, confirmMs: 30_000, urlMs: 5000, escalate: null },
      secrets: { file: 'secrets.age', recipients: {} },
      overrideInputs: {},
      check: false,
      parallel: 8,
    })
  })

  it('keeps what a service gives', () => {
    const given = {
      package: { file: './default.nix', attr: 'app' },
      run: 'serve  --verbose all',
      listen: { port: 3000 },
      health: { path: '/up', status: [200, 204], timeout: '1m', interval: '1s', attempt: '2s', successes: 3 },
      watch: '90s',
      drain: '2m',
      before: 'migrate --all',
      after: { run: ['notify', 'a b'], timeout: '10s' },
      env: { LEVEL: 'info', WORKERS: 4, DEBUG: false },
      state: true,
      assets: ['views'],
      keep: 2,
      processes: { worker: { run: ['work', 'a b'], env: { QUEUE: 1 } } },
      timers: { nightly: { run: 'clean', calendar: 'daily', unit: { Nice: 10 } } },
      unit: { MemoryMax: '1G', Nice: null },
    }
    const [web] = resolved(withService(given)).services
    assert.deepEqual(web, {
      kind: 'service',
      name: 'web',
      package: { file: './default.nix', attr: 'app' },
      hosts: ['nixie'],
      routes: [],
      keep: 2,
      run: ['serve', '--verbose', 'all'],
      listen: { mode: 'fixed', port: 3000 },
      health: {
        path: '/up',
        status: [200, 204],
        timeoutMs: 60_000,
        intervalMs: 1000,
        attemptMs: 2000,
        successes: 3,
        settleMs: 1000,
      },
      watchMs: 90_000,
      drainMs: 120_000,
      before: [{ run: ['migrate', '--all'], timeoutMs: 300_000, irreversible: false }],
      after: [{ run: ['notify', 'a b'], timeoutMs: 10_000, irreversible: false }],
      env: { LEVEL: 'info', WORKERS: '4', DEBUG: 'false' },
      envPackages: {},
      secrets: [],
      secretsAs: {},
      state: true,
      assets: ['views'],
      hasAssets: true,
      processes: [
        { name: 'worker', run: ['work', 'a b'], env: { QUEUE: '1' }, unit: {}, calendar: undefined },
      ],
      timers: [{ name: 'nightly', run: ['clean'], env: {}, unit: { Nice: 10 }, calendar: 'daily' }],
      unit: { MemoryMax: '1G', Nice: null },
    })
  })

  it('fills in the defaults of a site', () => {
    const config = resolved({
      hosts: { nixie: 'nixie' },
      services: { blog: site({ package: '.#blog', routes: ['https://a.example'] }) },
    })
    assert.deepEqual(config.services, [
      {
        kind: 'site',
        name: 'blog',
        package: { flake: '.#blog' },
        hosts: ['nixie'],
        routes: [
          {
            url: 'https://a.example',
            scheme: 'https',
            domain: 'a.example',
            path: '/',
            strip: true,
            server: 'slipway',
            tls: {
              'a.example': {
                from: 'acme',
                server: 'https://acme-v02.api.letsencrypt.org/directory',
                email: undefined,
                challenge: 'http',
                hstsSeconds: 0,
              },
            },
          },
        ],
        keep: 5,
        dir: '',
        notFound: '404.html',
      },
    ])
  })

  for (const [what, before, hooks] of [
    ['a command line', 'migrate  up', [['migrate', 'up']]],
    ['words', ['migrate', 'a b'], [['migrate', 'a b']]],
    ['one with options', { run: 'migrate up' }, [['migrate', 'up']]],
    ['several with options', [{ run: 'migrate' }, { run: ['seed', 'a b'] }], [['migrate'], ['seed', 'a b']]],
  ] as const) {
    it(`takes ${what} for hooks`, () => {
      const [web] = resolved(withService({ before })).services
      const expected = hooks.map((run) => ({ run, timeoutMs: 300_000, irreversible: false }))
      assert.deepEqual(web?.kind === 'service' && web.before, expected)
    })
  }

  it('takes no hooks for an empty list', () => {
    const [web] = resolved(withService({ before: [] })).services
    assert.deepEqual(web?.kind === 'service' && web.before, [])
  })

  it('keeps what a hook says of itself', () => {
    const after = [{ run: 'drop', timeout: '1h', irreversible: true }]
    const [web] = resolved(withService({ after })).services
    assert.deepEqual(web?.kind === 'service' && web.after, [
      { run: ['drop'], timeoutMs: 3_600_000, irreversible: true },
    ])
  })

  for (const path of ['/', '/up', '/up?deep=1&a=b', '/a%20b/~c', '//up']) {
    it(`takes ${path} for a health path`, () => {
      const [web] = resolved(withService({ health: { path } })).services
      assert.equal(web?.kind === 'service' && web.health.path, path)
    })
  }

  for (const calendar of ['hourly', '*-*-* 03:00', 'Mon..Fri *-*-* 10:00:00 Europe/Berlin']) {
    it(`takes ${calendar} for a calendar`, () => {
      const [web] = resolved(withService({ timers: { nightly: { run: 'clean', calendar } } })).services
      assert.equal(web?.kind === 'service' && web.timers[0]?.calendar, calendar)
    })
  }

  for (const path of ['public', 'share/www', 'share/www/', 'a_b-c@1.0+x']) {
    it(`takes ${path} for a site’s dir and notFound`, () => {
      const [blog] = resolved(withSite({ dir: path, notFound: path })).services
      assert.deepEqual(blog?.kind === 'site' && [blog.dir, blog.notFound], [path, path])
    })
  }

  it('takes a host as an address or with options', () => {
    const b = { ssh: 'b', options: ['-p', '2222'], build: 'host', become: 'doas  -u root', substitutes: true }
    const sudo = ['sudo', '-n']
    assert.deepEqual(resolved({ hosts: { a: 'root@a', b }, services: {} }).hosts, {
      a: { name: 'a', ssh: 'root@a', options: [], build: undefined, become: sudo, substitutes: false },
      b: { ...b, name: 'b', become: ['doas', '-u', 'root'] },
    })
  })

  it('takes one host or several for a service', () => {
    const config = resolved({
      hosts: { a: 'a', b: 'b' },
      services: {
        one: service({ package: '.', hosts: 'b' }),
        both: service({ package: '.', hosts: ['b', 'a'] }),
      },
    })
    assert.deepEqual(
      config.services.map(({ hosts }) => hosts),
      [['b'], ['b', 'a']],
    )
  })

  for (const mode of ['port', 'unix', 'socket'] as const) {
    it(`reads listen: '${mode}'`, () => {
      const [web] = resolved(withService({ listen: mode })).services
      assert.deepEqual(web?.kind === 'service' && web.listen, { mode })
    })
  }

  for (const nothing of [undefined, null]) {
    it(`says what a config that exports ${nothing} lacks`, () => {
      assert.throws(
        () => resolveConfig(nothing, SOURCE),
        new SlipwayError({
          what: 'slipway.config.ts exports no config',
          next: 'End it with `export default defineConfig({ … })`.',
          code: 2,
        }),
      )
    })
  }
})
