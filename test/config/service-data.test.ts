import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceData } from '../../src/config/service-data.js'
import { serviceSchema } from '../../src/contract/service.js'
import { resolved, withService, withSite } from './samples.js'

/** What travels of the only service of a config. */
function travelling(input: unknown) {
  const [service] = resolved(input).services
  assert.ok(service)
  const data = serviceData(service)
  return { data, read: serviceSchema.parse(JSON.parse(JSON.stringify(data))) }
}

/** What JSON leaves of a value. */
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

describe('serviceData', () => {
  it('leaves out where packages, secrets and files come from', () => {
    const { data } = travelling(
      withService({ secrets: { KEY: { from: { env: 'CI_KEY' }, as: 'file' } }, assets: ['views'] }),
    )
    for (const left of ['package', 'hosts', 'secrets', 'assets']) assert.equal(left in data, false, left)
    assert.ok(data.kind === 'service')
    assert.deepEqual([data.secretsAs, data.hasAssets], [{ KEY: 'file' }, true])
  })

  const DOMAIN = `${'a'.repeat(63)}.${'b'.repeat(63)}.xn--bcher-kva.example`

  for (const [what, input] of [
    ['nothing but defaults', withService({})],
    [
      'everything',
      withService({
        run: ['serve', '--name', "it's", 'a\nb'],
        listen: { port: 65_535 },
        routes: [
          { url: `https://${DOMAIN}/a.b-c_d~e/..f/`, strip: false, redirectFrom: ['localhost', '1.example'] },
          { url: 'http://old.example', server: 'existing' },
        ],
        health: { path: '/a.b+(c)?full=1&x=%20', status: [100, 599], timeout: '1d', interval: '0.01ms' },
        watch: '24h',
        drain: '0s',
        before: [{ run: ['migrate', 'a\nb'], timeout: '1440m', irreversible: true }],
        after: 'notify',
        env: { _A1: '', TEXT: '\'"\\$`\n%h' },
        secrets: ['KEY', '_OTHER'],
        state: true,
        assets: ['views'],
        keep: 1000,
        processes: {
          '1st': { run: 'work', unit: { Nice: -5, ReadOnlyPaths: ['/srv'], PrivateUsers: null } },
        },
        timers: { nightly: { run: 'clean', calendar: '*-*-* 03:00', env: { DAYS: 7 } } },
        unit: { MemoryMax: '1G', ProtectHome: false, CPUWeight: 0.5 },
      }),
    ],
    [
      'a site',
      withSite({ dir: 'share/www/', notFound: 'errors/404@2x.html', routes: ['https://a.example/b'] }),
    ],
    [
      'certificates of all kinds',
      {
        ...(withSite({ routes: ['https://a.example', 'https://b.example', 'https://c.example'] }) as object),
        certificates: {
          email: 'me@example.com',
          hsts: '730d',
          challenge: { dns: 'hetzner', propagation: false },
          domains: { 'b.example': 'local', 'c.example': { certificate: '/etc/c.pem', key: '/etc/c.key' } },
        },
      },
    ],
  ] as const) {
    it(`is what a host takes: ${what}`, () => {
      const { data, read } = travelling(input)
      assert.deepEqual(plain(read), plain(data))
    })
  }
})

describe('the contract', () => {
  /** The data of a service, changed in one place. */
  const changed = (input: unknown, own: object) => ({ ...plain(travelling(input).data), ...own })
  const route = (own: object) => {
    const { data } = travelling(withService({ listen: 'port', routes: ['https://a.example'] }))
    return { ...plain(data), routes: [{ ...plain(data.routes[0]), ...own }] }
  }

  for (const [what, data] of [
    ['a field that it does not know', changed(withService({}), { package: {} })],
    ['a name with a slash', changed(withService({}), { name: 'a/b' })],
    ['a domain that leads elsewhere in a tree of files', route({ domain: '..' })],
    ['a domain that is no domain', route({ redirectFrom: ['a..example'] })],
    ['a route that leads up', route({ path: '/a/../b/' })],
    ['a route that ends its location', route({ path: '/ {} /' })],
    [
      'a health path that ends a string of nginx’s',
      changed(withService({}), {
        health: { ...plain(travelling(withService({})).data).health, path: '/"; x' },
      }),
    ],
    ['a folder that ends a directive of nginx’s', changed(withSite({}), { dir: 'a; x' })],
    ['a folder outside of the package', changed(withSite({}), { dir: 'a/../../b' })],
    ['a page that ends a directive of nginx’s', changed(withSite({}), { notFound: '404.html; x' })],
    ['a wait longer than a day', changed(withService({}), { drainMs: 86_400_001 })],
  ] as const) {
    it(`refuses ${what}`, () => assert.equal(serviceSchema.safeParse(data).success, false))
  }
})
