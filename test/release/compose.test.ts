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
  const release = composeRelease(web, ingredients({ port: 20_000, assets: 'd1gest' }))

  it('has files for the host’s program, systemd and nginx', () => {
    assert.deepEqual(Object.keys(release.files), [
      'release.json',
      'spec',
      'closure',
      'runtime',
      'env',
      'units/web.service',
      'units/web-nightly.service',
      'units/web-nightly.timer',
      'nginx/upstreams/web.conf',
      'nginx/locations/example.com/web.conf',
      'nginx/locations/www.example.com/web.conf',
      'nginx/locations/old.example.com/web.conf',
      'nginx/domains/example.com',
      'nginx/domains/www.example.com',
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
      env: { LEVEL: 'info', PORT: '20000' },
      assets: 'd1gest',
      port: 20_000,
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
    assert.equal(release.files.env, 'LEVEL="info"\nPORT="20000"\n')
  })

  it('is the same for the same input', () => {
    assert.deepEqual(composeRelease(web, ingredients({ port: 20_000, assets: 'd1gest' })), release)
  })

  it('runs the program that was found, or the one that the config names', () => {
    const start = (fields: Parameters<typeof app>[0], program: string | undefined) =>
      /^ExecStart=(.*)$/m.exec(
        composeRelease(app(fields), ingredients({ program })).files['units/web.service'] ?? '',
      )?.[1]
    const bin = '/var/lib/slipway/services/web/current/package/bin'
    assert.equal(start({}, 'found'), `${bin}/found`)
    assert.equal(start({ run: 'named --flag' }, undefined), `${bin}/named --flag`)
    assert.equal(start({ run: ['/bin/sh', '-c', 'a b'] }, undefined), '/bin/sh -c "a b"')
  })

  it('has nothing for nginx without routes', () => {
    const { manifest, files } = composeRelease(app({ listen: 'port' }), ingredients({ port: 20_000 }))
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

  for (const [what, fields, given] of [
    ['another package', {}, { package: PACKAGE.replace('0', '1') }],
    ['other variables', { env: { A: '1' } }, {}],
    ['other units', { unit: { Nice: 1 } }, {}],
    ['other assets', {}, { assets: 'other' }],
  ] as const) {
    it(`for ${what}`, () => assert.notEqual(runtime(fields, given), runtime({})))
  }
})

describe('composeRelease: a site', () => {
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
    ])
    assert.equal(release.files.env, '')
    assert.deepEqual(release.manifest.units, {})
  })

  for (const [dir, root] of [
    ['', PACKAGE],
    ['public', `${PACKAGE}/public`],
    ['/share/www/', `${PACKAGE}/share/www`],
  ] as const) {
    it(`serves "${dir}" of the package`, () => {
      const { nginx } = composeRelease(staticSite({ dir }), ingredients()).manifest
      assert.match(nginx['locations/example.com/web.conf'] ?? '', new RegExp(`^  root ${root};$`, 'm'))
    })
  }

  it('names its content by the package’s hash', () => {
    assert.match(
      release.manifest.nginx['locations/example.com/web.conf'] ?? '',
      /^ {2}add_header ETag '"0123456789abcdfghijklmnpqrsvwxyz"';$/m,
    )
  })
})
