import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Http, httpSchema } from '../../src/contract/http.js'
import type { Route } from '../../src/contract/service.js'
import { proxySettings } from '../../src/release/nginx.js'
import { compression } from '../../src/release/nginx-compress.js'
import { accessLines, headerLines, redirectLines, renderZones } from '../../src/release/nginx-route.js'

function route(http: Http, path = '/'): Route {
  return {
    ...{ url: 'https://a.example', scheme: 'https', domain: 'a.example', path },
    ...{ strip: true, server: 'slipway', http },
  }
}

describe('who may ask', () => {
  it('is everybody, unless a route says otherwise', () =>
    assert.deepEqual(accessLines(route({}), 'web', 0), []))

  it('is refused before it is let in, and told apart behind proxies first', () => {
    const http = {
      trustedProxies: ['10.0.0.0/8'],
      deny: ['192.0.2.1'],
      allow: ['192.0.2.0/24', '2001:db8::/32'],
    }
    assert.deepEqual(accessLines(route(http), 'web', 0), [
      'set_real_ip_from 10.0.0.0/8;',
      'real_ip_header X-Forwarded-For;',
      'real_ip_recursive on;',
      'deny 192.0.2.1;',
      'allow 192.0.2.0/24;',
      'allow 2001:db8::/32;',
      'deny all;',
    ])
  })

  it('is counted in a zone of the route', () => {
    const limited = route({ rateLimit: { requests: 30, per: 'minute', burst: 5 } })
    assert.equal(
      renderZones('web', [route({}), limited]),
      'limit_req_zone $binary_remote_addr zone=slipway_web_1:1m rate=30r/m;\n',
    )
    assert.deepEqual(accessLines(limited, 'web', 1), [
      'limit_req zone=slipway_web_1 burst=5 nodelay;',
      'limit_req_status 429;',
    ])
    assert.equal(renderZones('web', [route({})]), undefined)
  })
})

describe('passwords', () => {
  const http: Http = { basicAuth: { secret: 'USERS', realm: 'A "preview"' } }

  it('are those of the release that serves', () => {
    assert.deepEqual(accessLines(route(http), 'web', 0), [
      'auth_basic "A \\"preview\\"";',
      'auth_basic_user_file /var/lib/slipway/services/web/current/release/passwords/USERS;',
    ])
  })

  it('are not passed on', () =>
    assert.ok(proxySettings('https', '', http).includes('proxy_set_header Authorization "";')))
})

describe('redirects of a route', () => {
  it('are below it, and keep the query unless they have one', () => {
    const http: Http = {
      redirects: [
        { from: '/old', to: '/new', status: 308 },
        { from: '/', to: 'https://b.example/?x=1', status: 302 },
      ],
    }
    assert.deepEqual(redirectLines(route(http, '/forum/')), [
      'if ($uri = "/forum/old") { return 308 "/new$is_args$args"; }',
      'if ($uri = "/forum/") { return 302 "https://b.example/?x=1"; }',
    ])
  })
})

describe('headers of a route', () => {
  it('bring those of the server along, which nginx drops where there are others', () => {
    assert.deepEqual(headerLines({ headers: { 'X-Frame-Options': 'DENY', 'X-Powered-By': null } }), [
      'add_header X-Frame-Options "DENY" always;',
      'add_header Strict-Transport-Security $slipway_hsts always;',
    ])
    assert.deepEqual(headerLines({ headers: { 'X-Powered-By': null } }), [])
  })
})

describe('limits of a route', () => {
  it('are what it says', () => {
    const http: Http = {
      maxBodyBytes: 0,
      maxHeadBytes: 131_072,
      timeoutMs: 1500,
      ...{ bufferRequests: false, bufferResponses: false, compress: true, accelRedirect: true },
    }
    assert.deepEqual(proxySettings('https', '', http).slice(-10), [
      'proxy_read_timeout 1500ms;',
      'proxy_send_timeout 1500ms;',
      'client_max_body_size 0;',
      'proxy_buffer_size 131072;',
      'proxy_buffers 18 8192;',
      'proxy_busy_buffers_size 131072;',
      'proxy_max_temp_file_size 67108864;',
      'proxy_request_buffering off;',
      'proxy_buffering off;',
      'include /var/lib/slipway/nginx/compress.conf;',
    ])
    assert.ok(!proxySettings('https', '', http).some((line) => line.startsWith('proxy_ignore_headers')))
  })

  it('keep to what nginx demands of its buffers, whatever they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4096, max: 1024 ** 2 }), (maxHeadBytes) => {
        const text = proxySettings('https', '', { maxHeadBytes }).join('\n')
        const numbers = (name: string) =>
          (new RegExp(`${name} (.*);`).exec(text)?.[1] ?? '').split(' ').map(Number)
        const [head = 0] = numbers('proxy_buffer_size')
        const [count = 0, size = 0] = numbers('proxy_buffers')
        const [busy = 0] = numbers('proxy_busy_buffers_size')
        assert.ok(busy >= Math.max(head, size) && busy < (count - 1) * size, text)
      }),
    )
  })
})

describe('compression', () => {
  it('has brotli only where nginx has', () => {
    assert.ok(!compression({ brotli: false }).join('').includes('brotli'))
    assert.ok(compression({ brotli: true }).includes('brotli on;'))
  })
})

/** The words and marks of a text as nginx reads it (src/core/ngx_conf_file.c); throws where a string has no end. */
function tokens(text: string): string[] {
  const found: string[] = []
  const word = /\s*(?:"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"]+))/y
  while (/\S/.test(text.slice(word.lastIndex))) {
    const match = word.exec(text)
    if (match === null) throw new Error(`no end: ${text}`)
    found.push(match[1] === undefined ? (match[2] ?? match[3] ?? '') : `"${match[1]}`)
  }
  return found
}

describe('whatever the contract takes', () => {
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom('"', '\\', '";', '$x', "'", '{', '}', '#', '\n', '\u{a0}'),
  )
  const texts = fc.array(value, { maxLength: 6 }).map((parts) => parts.join(''))

  it('is one word of nginx’s each', () => {
    fc.assert(
      fc.property(texts, texts, texts, (name, header, to) => {
        const one = httpSchema.safeParse({ headers: { 'X-A': header } })
        if (one.success) {
          const [first = ''] = headerLines(one.data)
          assert.deepEqual(tokens(first).length, 5, first)
          assert.ok(!first.includes('$') && !first.includes('\n'))
        }
        const redirect = httpSchema.safeParse({ redirects: [{ from: `/${name}`, to, status: 301 }] })
        if (redirect.success) {
          const [line = ''] = redirectLines(route(redirect.data))
          assert.equal(tokens(line.replace('if (', 'if ').replace(')', ' ')).length, 9, line)
        }
      }),
      { numRuns: 2000 },
    )
  })

  for (const bad of [
    { headers: { 'X-A': 'a\\' } },
    { headers: { 'X-A': '$request_uri' } },
    { headers: { 'X-A': 'a\nb' } },
    { headers: { 'X A': 'a' } },
    { headers: { 'X-A;': 'a' } },
    { allow: ['10.0.0.0/8; } location / { '] },
    { allow: ['all'] },
    { deny: [] },
    { trustedProxies: ['unix:'] },
    { redirects: [{ from: '/a"b', to: '/', status: 301 }] },
    { redirects: [{ from: '/a', to: '$host', status: 301 }] },
    { redirects: [{ from: '/a', to: 'javascript:alert(1)', status: 301 }] },
    { redirects: [{ from: '/a', to: '/', status: 200 }] },
    { maxBodyBytes: -1 },
    { maxHeadBytes: 1 },
    { timeoutMs: 1.5 },
    { rateLimit: { requests: 1, per: 'hour', burst: 0 } },
    { proxy_pass: 'http://127.0.0.1' },
  ]) {
    it(`is not ${JSON.stringify(bad)}`, () => assert.equal(httpSchema.safeParse(bad).success, false))
  }
})
