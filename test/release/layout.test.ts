import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderSpec } from '../../src/release/spec.js'
import { app, PACKAGE, staticSite } from './samples.js'

const PORTS = { blue: { tcp: 20_000 }, green: { tcp: 20_001 } }
const NOTHING = { storePath: PACKAGE, units: {}, endpoints: undefined }

/** The values of a key of a spec. */
function values(spec: string, key: string): string[] {
  return spec.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []))
}

describe('renderSpec', () => {
  it('of a service tells who, what, where and when it is healthy', () => {
    const web = app({
      listen: 'port',
      state: true,
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
      timers: { nightly: { run: 'clean', calendar: '*-*-* 03:00' } },
    })
    const units = {
      'web@.service': '',
      'web-worker.service': '',
      'web-nightly.service': '',
      'web-nightly.timer': '',
    }
    assert.equal(
      renderSpec(web, { storePath: PACKAGE, units, endpoints: PORTS }),
      `kind=service
keep=3
user=web
state=yes
process=web-worker.service
timer=web-nightly.timer
calendar=*-*-* 03:00
slots=port
port_blue=20000
port_green=20001
drain=3000
health_path=/up
health_status=200 204
health_timeout=4500
health_interval=0.25
health_attempt=2
health_successes=3
health_settle=100
watch=0
verify=example.com /up healthy
`,
    )
  })

  it('of a worker names no endpoint and no route', () => {
    assert.equal(
      renderSpec(app(), { storePath: PACKAGE, units: { 'web.service': '' }, endpoints: undefined }),
      `kind=service
keep=5
user=web
state=no
process=web.service
drain=3000
health_path=/
health_status=
health_timeout=3000
health_interval=0.05
health_attempt=5
health_successes=2
health_settle=100
watch=0
`,
    )
  })

  it('of a site names its routes', () => {
    const site = staticSite({ routes: ['https://example.com', 'https://example.com/docs'] })
    assert.equal(
      renderSpec(site, { storePath: PACKAGE, units: {}, endpoints: undefined }),
      `kind=site
keep=5
verify=example.com / healthy
verify=example.com /docs/ healthy
`,
    )
  })

  it('tells how long to watch it, in hundredths of a second', () => {
    const spec = renderSpec(app({ watch: '1m' }), NOTHING)
    assert.deepEqual(values(spec, 'watch'), ['6000'])
  })

  it('tells how long requests under way may go on, in hundredths of a second', () => {
    assert.deepEqual(values(renderSpec(app({ drain: '1m' }), NOTHING), 'drain'), ['6000'])
  })

  it('names hooks in order: seconds, whether they can not be undone, and words for a shell', () => {
    const web = app({
      before: [{ run: 'migrate up' }, { run: ['seed', "it's"], timeout: '1500ms', irreversible: true }],
      after: '/bin/notify --all',
    })
    const spec = renderSpec(web, NOTHING)
    assert.deepEqual(values(spec, 'before'), [
      `300 no ${PACKAGE}/bin/migrate up`,
      `2 yes ${PACKAGE}/bin/seed 'it'\\''s'`,
    ])
    assert.deepEqual(values(spec, 'after'), ['300 no /bin/notify --all'])
  })

  it('names what each slot listens on, and leaves its units to the host', () => {
    const units = { 'web@.service': '', 'web@.socket': '', 'web-worker.service': '' }
    const endpoints = { blue: { unix: '/run/web@blue.sock' }, green: { unix: '/run/web@green.sock' } }
    const spec = renderSpec(app({ listen: 'socket' }), { storePath: PACKAGE, units, endpoints })
    assert.deepEqual(values(spec, 'slots'), ['socket'])
    assert.deepEqual(values(spec, 'unix_blue'), ['/run/web@blue.sock'])
    assert.deepEqual(values(spec, 'unix_green'), ['/run/web@green.sock'])
    assert.deepEqual(values(spec, 'port_blue'), [])
    assert.deepEqual(values(spec, 'process'), ['web-worker.service'])
  })

  for (const [route, verified] of [
    [{ url: 'https://example.com' }, 'example.com /up healthy'],
    [{ url: 'https://example.com', strip: false }, 'example.com /up healthy'],
    [{ url: 'https://example.com/forum' }, 'example.com /forum/up healthy'],
    [{ url: 'https://example.com/forum', strip: false }, 'example.com /forum/ any'],
    [{ url: 'https://example.com/up', strip: false }, 'example.com /up/ any'],
  ] as const) {
    it(`asks for ${verified} through ${JSON.stringify(route)}`, () => {
      const web = app({ listen: 'port', health: { path: '/up' }, routes: [route] })
      assert.deepEqual(values(renderSpec(web, { ...NOTHING, endpoints: PORTS }), 'verify'), [verified])
    })
  }

  it('asks for the health path itself where it lies below a route that is not stripped', () => {
    const routes = [{ url: 'https://example.com/forum', strip: false }]
    const web = app({ listen: 'port', health: { path: '/forum/up' }, routes })
    assert.deepEqual(values(renderSpec(web, { ...NOTHING, endpoints: PORTS }), 'verify'), [
      'example.com /forum/up healthy',
    ])
  })
})
