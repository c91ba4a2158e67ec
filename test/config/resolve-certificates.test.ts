import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import { tlsOf } from '../../src/config/resolve-certificates.js'
import { type Certificates, site } from '../../src/index.js'

const STAGING = 'https://acme-staging-v02.api.letsencrypt.org/directory'
const ACME = {
  from: 'acme',
  server: 'https://acme-v02.api.letsencrypt.org/directory',
  email: undefined,
  challenge: 'http',
  hstsSeconds: 0,
}

describe('tlsOf', () => {
  for (const [what, given, tls] of [
    ['is Let’s Encrypt over HTTP by default', undefined, ACME],
    ['takes a word for its source', 'local', { from: 'local', hstsSeconds: 0 }],
    ['is nothing where something else ends TLS', 'none', undefined],
    ['knows the staging server', { server: 'letsencrypt-staging' }, { ...ACME, server: STAGING }],
    [
      'takes another server',
      { server: 'https://acme.example/d' },
      { ...ACME, server: 'https://acme.example/d' },
    ],
    [
      'takes a DNS provider',
      { challenge: { dns: 'hetzner' }, email: 'a@example.com' },
      { ...ACME, email: 'a@example.com', challenge: { dns: 'hetzner', propagation: true } },
    ],
    ['takes two years for HSTS', { hsts: true }, { ...ACME, hstsSeconds: 63_072_000 }],
    ['takes a duration for HSTS', { hsts: '1d' }, { ...ACME, hstsSeconds: 86_400 }],
    [
      'prefers what the domain has of its own',
      { server: 'letsencrypt-staging', hsts: true, domains: { 'a.example': { hsts: false } } },
      { ...ACME, server: STAGING },
    ],
    [
      'takes a word for a domain, and what all have',
      { hsts: '1d', domains: { 'a.example': 'local' } },
      { from: 'local', hstsSeconds: 86_400 },
    ],
    [
      'takes files, whatever the others have',
      { from: 'none', domains: { 'a.example': { certificate: '/a.pem', key: '/a.key' } } },
      { from: 'files', certificate: '/a.pem', key: '/a.key', hstsSeconds: 0 },
    ],
    ['leaves other domains alone', { domains: { 'b.example': 'none' } }, ACME],
  ] as [string, 'local' | 'none' | Certificates | undefined, unknown][]) {
    it(what, () => assert.deepEqual(tlsOf('a.example', given), tls))
  }
})

describe('a config with certificates', () => {
  const routes = [
    { url: 'https://a.example', redirectFrom: ['www.a.example'] },
    'http://plain.example',
    { url: 'https://theirs.example', server: 'existing' as const },
  ]
  const resolve = (certificates?: unknown, more: (typeof routes)[number][] = []) =>
    resolveConfig(
      {
        hosts: { h: 'h' },
        certificates,
        services: { web: site({ package: '.#web', routes: [...routes, ...more] }) },
      },
      { file: 'slipway.config.ts', root: '/' },
    ).services[0]?.routes
  const refusal = (...given: Parameters<typeof resolve>) => {
    try {
      resolve(...given)
    } catch (error) {
      return String((error as { parts: { why?: string } }).parts.why)
    }
    return assert.fail('it was accepted')
  }

  it('has them for https routes of our own server blocks, and what is redirected there', () => {
    assert.deepEqual(
      resolve('local')?.map(({ tls }) => Object.keys(tls ?? {})),
      [['a.example', 'www.a.example'], [], []],
    )
  })

  it('has none where there are to be none', () => {
    assert.deepEqual(
      resolve('none')?.map(({ tls }) => tls),
      [undefined, undefined, undefined],
    )
  })

  for (const [what, certificates, more, reason] of [
    [
      'a domain without a route',
      { domains: { 'c.example': 'local' } },
      [],
      /no https route leads to c\.example/,
    ],
    [
      'a certificate without its key',
      { domains: { 'a.example': { certificate: '/a.pem' } } },
      [],
      /needs both `certificate` and `key`/,
    ],
    [
      'a certificate with a source',
      { domains: { 'a.example': { certificate: '/a.pem', key: '/k.pem', from: 'local' } } },
      [],
      /`from` has no meaning/,
    ],
    ['a server without TLS', { server: 'http://acme.example' }, [], /https:\/\/ URL/],
    [
      'a path that is not the host’s',
      { domains: { 'a.example': { certificate: 'a', key: 'b' } } },
      [],
      /absolute path/,
    ],
    [
      'a redirect from a domain with routes',
      undefined,
      ['http://www.a.example'],
      /www\.a\.example is served by/,
    ],
    [
      'two redirects from one domain',
      undefined,
      [{ url: 'https://b.example', redirectFrom: ['www.a.example'] }],
      /www\.a\.example is redirected by/,
    ],
    [
      'a redirect from itself',
      undefined,
      [{ url: 'https://b.example', redirectFrom: ['b.example'] }],
      /not another domain/,
    ],
    [
      'a redirect to somebody else’s server block',
      undefined,
      [{ url: 'https://b.example', server: 'existing', redirectFrom: ['www.b.example'] }],
      /theirs, too/,
    ],
  ] as [string, unknown, (typeof routes)[number][], RegExp][]) {
    it(`refuses ${what}`, () => assert.match(refusal(certificates, more), reason))
  }
})
