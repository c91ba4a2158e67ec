import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { httpSchema } from '../../src/contract/http.js'
import { problems, resolved, withService, withSite } from './samples.js'

const URL = 'https://a.example'

/** How the only route is served. */
function http(service: object, route?: object) {
  const routes = [route ? { url: URL, http: route } : URL]
  const config = resolved(withService({ listen: 'port', http: service, routes }))
  const data = config.services[0]?.routes[0]?.http
  if (data !== undefined) httpSchema.parse(data)
  return data
}

describe('http', () => {
  it('says nothing where a config says nothing: releases of before are no others', () => {
    const [web] = resolved(withService({ listen: 'port', routes: [URL] })).services
    assert.ok(web && !('http' in (web.routes[0] ?? {})))
    assert.equal(http({}), undefined)
  })

  it('is data: bytes, milliseconds, defaults filled in', () => {
    assert.deepEqual(
      http({
        maxBody: '2g',
        maxResponseHead: '64K',
        timeout: '1h',
        ...{ bufferRequests: false, bufferResponses: false, compress: true, accelRedirect: true },
        headers: { 'X-Frame-Options': 'DENY', 'X-Powered-By': null },
        allow: ['192.0.2.0/24'],
        deny: ['2001:db8::1'],
        trustedProxies: ['10.0.0.0/8'],
        rateLimit: { rate: '30/m' },
        redirects: [{ from: '/old', to: '/new' }],
      }),
      {
        maxBodyBytes: 2_147_483_648,
        maxHeadBytes: 65_536,
        timeoutMs: 3_600_000,
        ...{ bufferRequests: false, bufferResponses: false, compress: true, accelRedirect: true },
        headers: { 'X-Frame-Options': 'DENY', 'X-Powered-By': null },
        allow: ['192.0.2.0/24'],
        deny: ['2001:db8::1'],
        trustedProxies: ['10.0.0.0/8'],
        rateLimit: { requests: 30, per: 'minute', burst: 20 },
        redirects: [{ from: '/old', to: '/new', status: 308 }],
      },
    )
    assert.deepEqual(http({ maxBody: 'unlimited' }), { maxBodyBytes: 0 })
  })

  it('of a route counts before that of its service; headers of both are sent', () => {
    assert.deepEqual(
      http(
        { maxBody: '1m', timeout: '1s', headers: { 'X-A': '1', 'x-b': '1' } },
        { maxBody: '2m', headers: { 'X-B': '2' } },
      ),
      { maxBodyBytes: 2_097_152, timeoutMs: 1000, headers: { 'X-A': '1', 'X-B': '2' } },
    )
  })

  it('of a site has lifetimes, and a page for paths of the browser', () => {
    const [blog] = resolved(
      withSite({ fallback: 'index.html', http: { cache: { pages: '5m', assets: '30d' } } }),
    ).services
    assert.ok(blog?.kind === 'site')
    assert.equal(blog.fallback, 'index.html')
    assert.deepEqual(blog.routes[0]?.http, { cache: { pagesSeconds: 300, assetsSeconds: 2_592_000 } })
  })

  for (const [field, value, message] of [
    ['maxBody', '64 MB', /expected a size of at most 1024g, such as "512k", "200m" or "2g"/],
    ['maxBody', '2000g', /expected a size of at most 1024g/],
    ['maxResponseHead', '2k', /expected a size from 4k to 1m/],
    ['timeout', '0s', /expected a duration above zero/],
    ['allow', ['10.0.0.0/33'], /expected an IP address or a range of them/],
    ['allow', ['example.com'], /expected an IP address or a range of them/],
    ['deny', ['fe80::1%eth0'], /expected an IP address or a range of them/],
    ['trustedProxies', ['10.0.0.0/8; }'], /expected an IP address or a range of them/],
    ['rateLimit', { rate: '10' }, /expected requests per second or minute, such as "10\/s" or "30\/m"/],
    ['rateLimit', { rate: '0/s' }, /expected requests per second or minute/],
    ['headers', { 'X-A': 'a$b' }, /expected printable ASCII on one line, without "\$" and "\\"/],
    ['headers', { 'X-A': 'a\nb' }, /expected printable ASCII/],
    ['headers', { 'X A': 'a' }, /expected the name of a header/],
    ['headers', { Connection: 'close' }, /is not a header that can be given to every answer/],
    ['headers', { 'Strict-Transport-Security': 'x' }, /by `certificates\.hsts`/],
    ['redirects', [{ from: 'old', to: '/new' }], /expected a path that starts with "\/"/],
    ['redirects', [{ from: '/old', to: '//evil' }], /expected a path of the domain, or a URL/],
    ['redirects', [{ from: '/old', to: '/a', status: 200 }], /expected|one of/i],
    [
      'redirects',
      [
        { from: '/a', to: '/b' },
        { from: '/a', to: '/c' },
      ],
      /\/a is redirected twice/,
    ],
    ['cache', { pages: '1h' }, /`http\.cache` has no meaning for a program, whose answers say it/],
  ] as const) {
    it(`refuses ${field}: ${JSON.stringify(value)}`, () => {
      const found = problems(withService({ listen: 'port', routes: [URL], http: { [field]: value } }))
      assert.match(found.join('\n'), message)
    })
  }

  for (const field of ['maxBody', 'maxResponseHead', 'timeout']) {
    it(`refuses ${field} for a site`, () => {
      const value = field === 'timeout' ? '1s' : '64k'
      assert.match(
        problems(withSite({ http: { [field]: value } })).join('\n'),
        new RegExp(`\`http\\.${field}\` has no meaning for a site, which has no program`),
      )
    })
  }
})

describe('passwords', () => {
  const web = (secrets: unknown) =>
    withService({ listen: 'port', routes: [URL], http: { basicAuth: { secret: 'USERS' } }, secrets })

  it('are a secret for nginx, of a realm that is named', () => {
    const [service] = resolved(web({ USERS: { as: 'nginx' } })).services
    assert.deepEqual(service?.routes[0]?.http, { basicAuth: { secret: 'USERS', realm: 'web' } })
  })

  it('are no secret of the program', () => {
    for (const secrets of [['USERS'], { USERS: { as: 'file' } }, []]) {
      assert.match(problems(web(secrets)).join(), /names USERS, which is no secret for nginx.*as: 'nginx'/)
    }
    assert.match(
      problems(withSite({ http: { basicAuth: { secret: 'USERS' } } })).join(),
      /needs a secret, and a site has none/,
    )
  })
})

describe('wildcard and international domains', () => {
  const TLS = { domains: { '*.a.example': 'local', 'bücher.example': 'local' } }
  const config = (routes: unknown[], certificates: unknown = TLS) => ({
    ...(withService({ listen: 'port', routes }) as object),
    certificates,
  })

  it('are routes, and have certificates by the name that people write', () => {
    const [web] = resolved(config(['https://*.a.example', 'https://bücher.example'])).services
    assert.deepEqual(
      web?.routes.map(({ domain, tls }) => [domain, tls]),
      [
        ['*.a.example', { '*.a.example': { from: 'local', hstsSeconds: 0 } }],
        ['xn--bcher-kva.example', { 'xn--bcher-kva.example': { from: 'local', hstsSeconds: 0 } }],
      ],
    )
  })

  it('of more than a name need DNS to prove them', () => {
    assert.match(
      problems(config(['https://*.a.example'], {})).join('\n'),
      /certificates: a certificate for \*\.a\.example can only be had by a DNS record.*challenge: \{ dns: 'PROVIDER' \}/s,
    )
    resolved(config(['https://*.a.example'], { challenge: { dns: 'hetzner' } }))
    resolved(withService({ listen: 'port', routes: ['http://*.a.example'] }))
  })

  for (const [url, message] of [
    ['https://*.example', /would be every domain of a top-level one/],
    ['https://*', /is not a domain name nginx could match/],
    ['https://a.*.example', /is not a domain name nginx could match/],
    ['https://*a.example', /is not a domain name nginx could match/],
    ['https://*.*.example', /is not a domain name nginx could match/],
  ] as const) {
    it(`are not ${url}`, () => assert.match(problems(config([url], 'local')).join('\n'), message))
  }

  it('can be redirected from', () => {
    const route = { url: 'https://a.example', redirectFrom: ['www.Bücher.example', 'WWW.a.example'] }
    const [web] = resolved(config([route], 'local')).services
    assert.deepEqual(web?.routes[0]?.redirectFrom, ['www.xn--bcher-kva.example', 'www.a.example'])
    for (const domain of ['*.a.example', 'a b', 'x/y', 'a.example', '']) {
      assert.match(
        problems(config([{ url: 'https://a.example', redirectFrom: [domain] }], 'local')).join('\n'),
        /is not another domain that could be redirected from/,
      )
    }
  })
})
