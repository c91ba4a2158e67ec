import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { otherService, portsOf } from '../../../../src/agent/access/policy/others.js'
import type { Manifest } from '../../../../src/contract/release.js'
import type { Route, Tls } from '../../../../src/contract/service.js'
import { manifestOf } from '../../../../src/plan/manifest.js'
import { ingredients, staticSite } from '../../../release/samples.js'
import { forged, judgeRelease, made } from './samples.js'

const ROUTE: Route = {
  ...{ url: 'http://example.com', scheme: 'http', domain: 'example.com', path: '/' },
  ...{ strip: true, server: 'slipway' },
}
const routed = (...routes: Partial<Route>[]) =>
  forged(() => ({ routes: routes.map((route) => ({ ...ROUTE, ...route })) }))
const blog = (...routes: Partial<Route>[]) => ({
  name: 'blog',
  ports: [],
  routes: routes.map((route) => ({ ...ROUTE, ...route })),
})
const first = (found: string[]) => found[0] ?? 'nothing'

describe('the places that a key may serve', () => {
  it('are no binary cache of the host, unless an administrator has deployed that', () => {
    const cache = manifestOf(
      { ...staticSite({ routes: ['http://example.com'] }), cache: true },
      ingredients(),
    )
    assert.deepEqual(judgeRelease(cache), [
      'it serves a binary cache of the host, which nobody with full access has deployed',
    ])
    assert.deepEqual(judgeRelease(cache, { inherited: cache }), [])
  })

  it('are those below its own', () => {
    const routes = ['example.com /web/']
    assert.deepEqual(judgeRelease(made({ routes: ['http://example.com/web/'] }), { routes }), [])
    assert.deepEqual(judgeRelease(made({ routes: ['http://example.com/web/x/'] }), { routes }), [])
    for (const url of ['http://example.com', 'http://example.com/webb/', 'http://example.com/x/web/']) {
      assert.match(
        first(judgeRelease(made({ routes: [url] }), { routes })),
        /this key may not serve example\.com/,
      )
    }
  })

  it('are of its own domains', () => {
    for (const url of ['http://other.example', 'http://sub.example.com', 'http://com']) {
      assert.match(first(judgeRelease(made({ routes: [url] }))), /this key may not serve /)
    }
    assert.match(first(judgeRelease(made(), { routes: [] })), /may not serve example\.com\/$/)
  })

  it('are what people are shown', () => {
    for (const url of [
      'http://bank.example',
      'http://example.com/other/',
      'https://example.com',
      'http://bank.example@example.com',
      'http://example.com:8080',
      'http://example.com/?x',
      'http://example.com\r',
      'example.com',
      '\u001b[2J',
    ]) {
      assert.match(first(judgeRelease(routed({ url }))), /^the route .* is another than it says$/)
    }
    assert.deepEqual(judgeRelease(routed({ url: 'http://Example.com' })), [])
  })
})

describe('the places of other services', () => {
  const forum = { url: 'http://example.com/forum/', path: '/forum/' }
  const login = { url: 'http://example.com/forum/login/', path: '/forum/login/' }

  it("are not taken, be it by a part of them that is the key's to serve", () => {
    for (const taken of [forum, login]) {
      assert.match(
        first(judgeRelease(routed({}, taken), { others: [blog(forum)] })),
        /^example\.com\/forum\/.* belongs to blog$/,
      )
    }
    assert.match(first(judgeRelease(routed({}), { others: [blog({})] })), /example\.com\/ belongs to blog/)
  })

  it('are left to them by what lies around', () =>
    assert.deepEqual(judgeRelease(routed({}), { others: [blog(forum)] }), []))

  it('may hold one that was given to the key by name', () => {
    const others = [blog({})]
    assert.deepEqual(judgeRelease(routed(forum), { routes: ['example.com /forum/'], others }), [])
    assert.deepEqual(
      judgeRelease(routed(login), { routes: ['example.com /', 'example.com /forum/'], others }),
      [],
    )
    assert.match(first(judgeRelease(routed(login), { routes: ['example.com /'], others })), /belongs to blog/)
  })

  it('stay redirected', () => {
    const other = { url: 'http://blog.example', domain: 'blog.example', redirectFrom: ['example.com'] }
    for (const routes of [['example.com /'], ['example.com /forum/']]) {
      const taken = routes[0] === 'example.com /' ? {} : forum
      assert.match(first(judgeRelease(routed(taken), { routes, others: [blog(other)] })), /belongs to blog/)
    }
  })
})

describe('redirects', () => {
  const from = (...redirectFrom: string[]) => routed({ redirectFrom })
  const routes = ['example.com /', 'www.example.com /']

  it('lead from domains that are all the key’s', () => {
    assert.deepEqual(judgeRelease(from('www.example.com'), { routes }), [])
    assert.match(first(judgeRelease(from('www.example.com'))), /may not serve www\.example\.com\/$/)
    const part = ['example.com /', 'www.example.com /x/']
    assert.match(first(judgeRelease(from('www.example.com'), { routes: part })), /may not serve www/)
  })

  it('take nothing from another service', () => {
    const there = blog({ url: 'http://www.example.com/x/', domain: 'www.example.com', path: '/x/' })
    assert.match(
      first(judgeRelease(from('www.example.com'), { routes, others: [there] })),
      /www\.example\.com can't be redirected: blog has a route there/,
    )
  })
})

describe('the server of a domain', () => {
  it("stays somebody else's", () => {
    const existing = { server: 'existing' } as const
    const line = /the nginx server of example\.com is not slipway's/
    const others = [blog({ ...existing, url: 'http://example.com/x/', path: '/x/' })]
    assert.match(first(judgeRelease(routed({}), { others })), line)
    assert.deepEqual(judgeRelease(routed(existing), { others }), [])
    assert.match(first(judgeRelease(routed({}), { inherited: routed(existing) })), line)
  })
})

describe('certificates', () => {
  const LETS_ENCRYPT: Tls = {
    ...{ from: 'acme', server: 'https://acme-v02.api.letsencrypt.org/directory', challenge: 'http' },
    hstsSeconds: 0,
  }
  const OWN: Tls = { ...LETS_ENCRYPT, server: 'https://acme.example/directory', hstsSeconds: 600 }
  const https = (tls: Tls, domain = 'example.com') =>
    routed({ url: 'https://example.com', scheme: 'https', tls: { [domain]: tls } })
  const inheriting = (tls: Tls): Manifest => https(tls)
  const shared = (tls?: Tls) =>
    blog({
      ...{ url: 'https://example.com/x/', scheme: 'https', path: '/x/' },
      ...(tls && { tls: { 'example.com': tls } }),
    })

  for (const [name, tls] of [
    ['from Let’s Encrypt', LETS_ENCRYPT],
    [
      'from its staging',
      { ...LETS_ENCRYPT, server: 'https://acme-staging-v02.api.letsencrypt.org/directory' },
    ],
    ['with an address', { ...LETS_ENCRYPT, email: 'ann+x@example.com' }],
    ['from the host itself', { from: 'local', hstsSeconds: 0 }],
  ] as [string, Tls][]) {
    it(`are ${name}`, () => assert.deepEqual(judgeRelease(https(tls)), []))
  }

  for (const [name, tls, line] of [
    [
      'files of the host',
      { from: 'files', certificate: '/etc/a.pem', key: '/etc/shadow', hstsSeconds: 0 },
      /from files/,
    ],
    ['from another server', { ...OWN, hstsSeconds: 0 }, /in this way is for an administrator/],
    [
      'from one that looks like it',
      { ...LETS_ENCRYPT, server: `${(LETS_ENCRYPT as { server: string }).server}\n` },
      /this way/,
    ],
    ['by DNS', { ...LETS_ENCRYPT, challenge: { dns: 'exec', propagation: true } }, /in this way/],
    ['with an address that is an option', { ...LETS_ENCRYPT, email: '--x' }, /in this way/],
    ['with HSTS', { ...LETS_ENCRYPT, hstsSeconds: 1 }, /use HTTPS alone for example\.com only as/],
  ] as [string, Tls, RegExp][]) {
    it(`are not ${name}, unless an administrator has them so`, () => {
      assert.match(first(judgeRelease(https(tls))), line)
      assert.deepEqual(judgeRelease(https(tls), { inherited: inheriting(tls) }), [])
    })
  }

  it('are told to browsers for no longer than an administrator has it', () => {
    const judged = (hstsSeconds: number) =>
      judgeRelease(https({ ...OWN, hstsSeconds }), { inherited: inheriting(OWN) })
    assert.deepEqual(judged(300), [])
    assert.match(first(judged(601)), /use HTTPS alone/)
  })

  it('of a domain that is shared are as the other service has them', () => {
    const others = [shared(OWN)]
    assert.deepEqual(judgeRelease(https(OWN), { others }), [])
    for (const tls of [
      LETS_ENCRYPT,
      { ...OWN, hstsSeconds: 0 },
      { from: 'local', hstsSeconds: 0 } as const,
    ]) {
      assert.match(first(judgeRelease(https(tls), { others })), /example\.com is shared with another service/)
    }
    assert.match(first(judgeRelease(https(LETS_ENCRYPT), { others: [shared()] })), /is shared/)
  })

  it('are for domains of the route', () =>
    assert.match(
      first(judgeRelease(https(LETS_ENCRYPT, 'blog.example'))),
      /nothing to do with blog\.example/,
    ))
})

describe('what other services have', () => {
  it('are the ports of all their releases, and the routes of the one that serves', () => {
    const fixed = made({ listen: { port: 3000 }, routes: ['http://old.example'] })
    const site = manifestOf(staticSite(), ingredients())
    assert.deepEqual(portsOf(site), [])
    assert.deepEqual(portsOf(made({ listen: 'unix' })), [])
    assert.deepEqual(otherService('web', [fixed, made(), made()], made()), {
      name: 'web',
      ports: [3000, 20_000, 20_001],
      routes: made().service.routes,
    })
    assert.deepEqual(otherService('web', [], null), { name: 'web', ports: [], routes: [] })
  })
})
