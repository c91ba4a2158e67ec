import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { composeRelease } from '../../src/release/compose.js'
import { app, ingredients, PACKAGE, staticSite } from './samples.js'

describe('composeRelease: a service', () => {
  const web = app({
    listen: 'port',
    env: { LEVEL: 'info' },
    routes: [
      'https://example.com',
      'https://www.example.com/app',
      { url: 'https://old.example.com', server: 'existing' },
    ],
    timers: { nightly: { run: 'clean', calendar: 'daily' } },
  })
  const release = composeRelease(web, ingredients({ ports: [20_000, 20_001], assets: 'd1gest' }))

  it('has files for the host’s program, systemd and nginx', () => {
    assert.deepEqual(Object.keys(release.files), [
      'release.json',
      'spec',
      'closure',
      'runtime',
      'env',
      'env@blue',
      'env@green',
      'units/web@.service',
      'units/web-nightly.service',
      'units/web-nightly.timer',
      'nginx/upstreams/web.conf',
      'nginx/locations/example.com/web.conf',
      'nginx/locations/www.example.com/web.conf',
      'nginx/locations/old.example.com/web.conf',
      'nginx/domains/example.com',
      'nginx/tls/example.com/web',
      'nginx/domains/www.example.com',
      'nginx/tls/www.example.com/web',
    ])
  })

  it('has a manifest that is also a file', () => {
    assert.deepEqual(JSON.parse(release.files['release.json'] ?? ''), release.manifest)
    const { units, nginx, spec, ...rest } = release.manifest
    assert.deepEqual(rest, {
      format: 1,
      service: 'web',
      kind: 'service',
      package: PACKAGE,
      commit: { id: '0123456789ab', dirty: false },
      by: 'ann@laptop',
      env: { LEVEL: 'info' },
      assets: 'd1gest',
      ports: [20_000, 20_001],
      routes: ['https://example.com', 'https://www.example.com/app', 'https://old.example.com'],
    })
    assert.equal(release.files.spec, spec)
    for (const [name, text] of Object.entries(units)) assert.equal(release.files[`units/${name}`], text)
    for (const [path, text] of Object.entries(nginx)) assert.equal(release.files[`nginx/${path}`], text)
  })

  it('lists the closure with sizes', () => {
    assert.equal(
      release.files.closure,
      `3000 /nix/store/00000000000000000000000000000000-libc\n200 ${PACKAGE}\n`,
    )
  })

  it('has the environment as a file', () => {
    assert.equal(release.files.env, 'LEVEL="info"\n')
  })

  it('tells each slot where to listen', () => {
    assert.equal(release.files['env@blue'], 'PORT="20000"\n')
    assert.equal(release.files['env@green'], 'PORT="20001"\n')
    const { files } = composeRelease(app({ listen: 'unix' }), ingredients())
    assert.equal(files['env@blue'], 'LISTEN_PATH="/run/web/blue.sock"\n')
    assert.equal(files['env@green'], 'LISTEN_PATH="/run/web/green.sock"\n')
  })

  it('keeps variables of jobs apart, in files of their own', () => {
    const { manifest, files } = composeRelease(
      app({
        env: { LEVEL: 'info' },
        processes: {
          worker: { run: 'work', env: { LEVEL: 'debug', QUEUE: '$mail' } },
          idle: { run: 'idle' },
        },
        timers: { nightly: { run: 'clean', calendar: 'daily', env: { DAYS: 7 } } },
      }),
      ingredients(),
    )
    assert.deepEqual(
      Object.entries(files).filter(([path]) => path.startsWith('env')),
      [
        ['env', 'LEVEL="info"\n'],
        ['env-worker', 'LEVEL="debug"\nQUEUE="\\$mail"\n'],
        ['env-nightly', 'DAYS="7"\n'],
      ],
    )
    assert.deepEqual(manifest.env, {
      LEVEL: 'info',
      'worker.LEVEL': 'debug',
      'worker.QUEUE': '$mail',
      'nightly.DAYS': '7',
    })
  })

  it('names the package through the release that serves, so that units stay when it changes', () => {
    const fields = { processes: { worker: { run: 'work' } } }
    const { units } = composeRelease(app(fields), ingredients()).manifest
    const path = '/var/lib/slipway/services/web/current/release/package'
    for (const [name, program] of [
      ['web.service', 'app'],
      ['web-worker.service', 'work'],
    ] as const) {
      assert.deepEqual(units[name]?.match(/^(ExecStart|Environment)=.*$/gm), [
        `ExecStart=${path}/bin/${program}`,
        `Environment=PATH=${path}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
      ])
    }
    const other = ingredients({ package: PACKAGE.replace('0', '1') })
    assert.deepEqual(composeRelease(app(fields), other).manifest.units, units)
  })

  it('names the package of what listens through its slot', () => {
    const { units } = composeRelease(app({ listen: 'socket' }), ingredients()).manifest
    const path = '/var/lib/slipway/services/web/slots/%i/release/package'
    assert.deepEqual(units['web@.service']?.match(/^(ExecStart|Environment)=.*$/gm), [
      `ExecStart=${path}/bin/app`,
      `Environment=PATH=${path}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
    ])
  })

  it('is the same for the same input', () => {
    assert.deepEqual(composeRelease(web, ingredients({ ports: [20_000, 20_001], assets: 'd1gest' })), release)
  })

  it('runs the program that was found, or the one that the config names', () => {
    const start = (fields: Parameters<typeof app>[0], program: string | undefined) =>
      /^ExecStart=(.*)$/m.exec(
        composeRelease(app(fields), ingredients({ program })).files['units/web.service'] ?? '',
      )?.[1]
    const bin = '/var/lib/slipway/services/web/current/release/package/bin'
    assert.equal(start({}, 'found'), `${bin}/found`)
    assert.equal(start({ run: 'named --flag' }, undefined), `${bin}/named --flag`)
    assert.equal(start({ run: ['/bin/sh', '-c', 'a b'] }, undefined), '/bin/sh -c "a b"')
  })

  it('has nothing for nginx without routes', () => {
    const { manifest, files } = composeRelease(
      app({ listen: 'port' }),
      ingredients({ ports: [20_000, 20_001] }),
    )
    assert.deepEqual(manifest.nginx, {})
    assert.deepEqual(
      Object.keys(files).filter((path) => path.startsWith('nginx/')),
      [],
    )
  })
})

describe('composeRelease: what a restart is needed for', () => {
  const runtime = (fields: Parameters<typeof app>[0], given: Parameters<typeof ingredients>[0] = {}) =>
    composeRelease(app(fields), ingredients(given)).files.runtime

  it('not for routes, health, keep, the commit or who deploys', () => {
    const listen = { port: 3000 }
    assert.equal(
      runtime({ listen, routes: ['https://example.com'], keep: 2, health: { path: '/up' } }),
      runtime({ listen }, { commit: null, by: 'bob@desk' }),
    )
  })

  const nightly = { run: 'clean', calendar: 'daily' }
  for (const [what, timers] of [
    ['a timer that comes', { nightly, hourly: { run: 'poll', calendar: 'hourly' } }],
    ['a timer that goes', {}],
    ['another calendar', { nightly: { ...nightly, calendar: 'weekly' } }],
    ['another program of a timer', { nightly: { ...nightly, run: 'sweep' } }],
    ['other directives of a timer’s job', { nightly: { ...nightly, unit: { Nice: 10 } } }],
  ] as const) {
    it(`not for ${what}`, () => assert.equal(runtime({ timers }), runtime({ timers: { nightly } })))
  }

  for (const [what, fields, given] of [
    ['another package', {}, { package: PACKAGE.replace('0', '1') }],
    ['other variables', { env: { A: '1' } }, {}],
    ['other units', { unit: { Nice: 1 } }, {}],
    ['other assets', {}, { assets: 'other' }],
    ['a process that comes', { processes: { worker: { run: 'work' } } }, {}],
  ] as const) {
    it(`for ${what}`, () => assert.notEqual(runtime(fields, given), runtime({})))
  }

  it('for other variables of a process', () => {
    const worker = (queue: string) => ({ processes: { worker: { run: 'work', env: { QUEUE: queue } } } })
    assert.notEqual(runtime(worker('mail')), runtime(worker('post')))
  })
})

describe('composeRelease: a site', () => {
  const FOLDER = '/var/lib/slipway/services/web/current/release/package'
  const release = composeRelease(staticSite(), ingredients({ program: undefined }))

  it('has no units and no environment', () => {
    assert.deepEqual(Object.keys(release.files), [
      'release.json',
      'spec',
      'closure',
      'runtime',
      'env',
      'nginx/locations/example.com/web.conf',
      'nginx/domains/example.com',
      'nginx/tls/example.com/web',
    ])
    assert.equal(release.files.env, '')
    assert.deepEqual(release.manifest.units, {})
  })

  for (const [dir, root] of [
    [undefined, FOLDER],
    ['public', `${FOLDER}/public`],
    ['share/www/', `${FOLDER}/share/www`],
  ] as const) {
    it(`serves ${dir ?? 'all'} of the package`, () => {
      const { nginx } = composeRelease(staticSite({ dir }), ingredients()).manifest
      assert.match(nginx['locations/example.com/web.conf'] ?? '', new RegExp(`^  root ${root};$`, 'm'))
    })
  }

  it('is served in the same way whatever its package, so that a new one needs no reload', () => {
    const other = ingredients({ package: PACKAGE.replace('0', '1') })
    assert.deepEqual(composeRelease(staticSite(), other).manifest.nginx, release.manifest.nginx)
  })
})
