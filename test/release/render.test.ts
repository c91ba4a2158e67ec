import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { app, PACKAGE, released, staticSite } from './samples.js'

describe('renderRelease: a service', () => {
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
  const release = released(web, { ports: [20_000, 20_001], assets: 'd1gest' })

  it('has files for systemd, its programs and nginx', () => {
    assert.deepEqual(Object.keys(release.files), ['env', 'env@blue', 'env@green'])
    assert.deepEqual(Object.keys(release.units), ['web@.service', 'web-nightly.service', 'web-nightly.timer'])
    assert.deepEqual(Object.keys(release.nginx.files), [
      'upstreams/web.conf',
      'locations/example.com/web.conf',
      'locations/www.example.com/web.conf',
      'locations/old.example.com/web.conf',
    ])
    assert.deepEqual(Object.keys(release.nginx.domains), ['example.com', 'www.example.com'])
  })

  it('has the environment as a file', () => {
    assert.equal(release.files.env, 'LEVEL="info"\n')
  })

  it('tells each slot where to listen', () => {
    assert.equal(release.files['env@blue'], 'PORT="20000"\n')
    assert.equal(release.files['env@green'], 'PORT="20001"\n')
    const { files } = released(app({ listen: 'unix' }))
    assert.equal(files['env@blue'], 'LISTEN_PATH="/run/slipway-sockets/web/blue.sock"\n')
    assert.equal(files['env@green'], 'LISTEN_PATH="/run/slipway-sockets/web/green.sock"\n')
  })

  it('keeps variables of jobs apart, in files of their own', () => {
    const { files } = released(
      app({
        env: { LEVEL: 'info' },
        processes: {
          worker: { run: 'work', env: { LEVEL: 'debug', QUEUE: '$mail' } },
          idle: { run: 'idle' },
        },
        timers: { nightly: { run: 'clean', calendar: 'daily', env: { DAYS: 7 } } },
      }),
    )
    assert.deepEqual(files, {
      env: 'LEVEL="info"\n',
      'env-worker': 'LEVEL="debug"\nQUEUE="\\$mail"\n',
      'env-nightly': 'DAYS="7"\n',
    })
  })

  it('names the package through the release that serves, so that units stay when it changes', () => {
    const fields = { processes: { worker: { run: 'work' } } }
    const { units } = released(app(fields))
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
    assert.deepEqual(released(app(fields), { package: PACKAGE.replace('0', '1') }).units, units)
  })

  it('names the package of what listens through its slot', () => {
    const { units } = released(app({ listen: 'socket' }))
    const path = '/var/lib/slipway/services/web/slots/%i/release/package'
    assert.deepEqual(units['web@.service']?.match(/^(ExecStart|Environment)=.*$/gm), [
      `ExecStart=${path}/bin/app`,
      `Environment=PATH=${path}/bin:/run/current-system/sw/bin:/usr/local/bin:/usr/bin:/bin`,
    ])
  })

  it('is the same for the same input', () => {
    assert.deepEqual(released(web, { ports: [20_000, 20_001], assets: 'd1gest' }), release)
  })

  it('runs the program that was found, or the one that the config names', () => {
    const start = (fields: Parameters<typeof app>[0], program: string | undefined) =>
      /^ExecStart=(.*)$/m.exec(released(app(fields), { program }).units['web.service'] ?? '')?.[1]
    const bin = '/var/lib/slipway/services/web/current/release/package/bin'
    assert.equal(start({}, 'found'), `${bin}/found`)
    assert.equal(start({ run: 'named --flag' }, undefined), `${bin}/named --flag`)
    assert.equal(start({ run: ['/bin/sh', '-c', 'a b'] }, undefined), '/bin/sh -c "a b"')
  })

  it('has nothing for nginx without routes', () => {
    const { nginx } = released(app({ listen: 'port' }), { ports: [20_000, 20_001] })
    assert.deepEqual(nginx, { files: {}, domains: {} })
  })
})

describe('renderRelease: what a restart is needed for', () => {
  const RELOADS = { main: true, processes: [] }
  const reloading = (program: string, packagePath: string) =>
    released(
      { ...app({ listen: { port: 4000 } }), reloads: { ...RELOADS, program } },
      { package: packagePath },
    ).runtime

  it('are not needed for another package of which only files differ that are read again', () => {
    const [one, other] = [PACKAGE, `${PACKAGE}.1`]
    assert.equal(reloading(one, one), reloading(one, other))
    assert.notEqual(reloading(one, one), reloading(other, one))
  })

  it('words and variables name the files of their own slot', () => {
    const file = '/var/lib/slipway/services/web/slots/%i/release/package/etc/a'
    const config = app({ listen: { port: 4000 }, run: ['app', file, '100%'], env: { FILE: file } })
    const { units, files } = released(config)
    assert.match(
      units['web@.service'] ?? '',
      / \/var\/lib\/slipway\/services\/web\/slots\/%i\/release\/package\/etc\/a 100%%$/m,
    )
    assert.match(files['env@green'] ?? '', /^FILE=.*slots\/green\/release\/package\/etc\/a/m)
  })

  const runtime = (fields: Parameters<typeof app>[0], given: Parameters<typeof released>[1] = {}) =>
    released(app(fields), given).runtime

  it('is known by all that its processes depend on', () => {
    const { runtime, units } = released(app({ env: { A: '1' }, secrets: ['KEY'] }), {
      assets: 'd1gest',
      secrets: { KEY: 'aa' },
    })
    assert.deepEqual(JSON.parse(runtime), {
      package: PACKAGE,
      env: { A: '1' },
      secrets: { KEY: { version: 'aa', as: 'env' } },
      assets: 'd1gest',
      units,
    })
  })

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

  it('for other ports that it is told', () => {
    const ports = (blue: number) => runtime({ listen: 'port' }, { ports: [blue, 20_001] })
    assert.notEqual(ports(20_000), ports(20_002))
  })

  it('for other variables of a process', () => {
    const worker = (queue: string) => ({ processes: { worker: { run: 'work', env: { QUEUE: queue } } } })
    assert.notEqual(runtime(worker('mail')), runtime(worker('post')))
  })
})

describe('renderRelease: a site', () => {
  const FOLDER = '/var/lib/slipway/services/web/current/release/package'
  const release = released(staticSite(), { program: undefined })

  it('has no units and no environment', () => {
    assert.deepEqual(release.units, {})
    assert.deepEqual(release.files, {})
    assert.deepEqual(Object.keys(release.nginx.files), ['locations/example.com/web.conf'])
    assert.deepEqual(Object.keys(release.nginx.domains), ['example.com'])
  })

  for (const [dir, root] of [
    [undefined, FOLDER],
    ['public', `${FOLDER}/public`],
    ['share/www/', `${FOLDER}/share/www`],
  ] as const) {
    it(`serves ${dir ?? 'all'} of the package`, () => {
      const { files } = released(staticSite({ dir })).nginx
      assert.match(files['locations/example.com/web.conf'] ?? '', new RegExp(`^  root ${root};$`, 'm'))
    })
  }

  it('is served in the same way whatever its package, so that a new one needs no reload', () => {
    const other = released(staticSite(), { package: PACKAGE.replace('0', '1') })
    assert.deepEqual(other.nginx, release.nginx)
  })
})
