import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Route } from '../../src/config/route.js'
import type { Tls } from '../../src/config/tls.js'
import { domainFiles, tlsDomains, tlsPrograms } from '../../src/release/tls.js'
import { app } from './samples.js'

const ACME: Tls = {
  from: 'acme',
  server: 'https://acme.example/d',
  email: undefined,
  challenge: 'http',
  hstsSeconds: 60,
}

function route(own: Partial<Route> = {}): Route {
  return { url: '', scheme: 'https', domain: 'a.example', path: '/', strip: true, server: 'slipway', ...own }
}

describe('domainFiles', () => {
  it('names the domains whose server blocks are ours', () => {
    assert.deepEqual(domainFiles('web', [route(), route({ domain: 'b.example', server: 'existing' })]), {
      'domains/a.example': '',
    })
  })

  it('tells how a domain gets its certificate', () => {
    assert.deepEqual(domainFiles('web', [route({ tls: { 'a.example': ACME } })]), {
      'domains/a.example': '',
      'tls/a.example/web': 'from=acme\nhsts=60\nserver=https://acme.example/d\nemail=\nchallenge=http\n',
    })
  })

  for (const [what, tls, text] of [
    ['a local authority', { from: 'local', hstsSeconds: 0 }, 'from=local\nhsts=0\n'],
    [
      'files',
      { from: 'files', certificate: '/c', key: '/k', hstsSeconds: 0 },
      'from=files\nhsts=0\ncertificate=/c\nkey=/k\n',
    ],
    [
      'a DNS provider',
      { ...ACME, email: 'a@example.com', challenge: { dns: 'ovh', propagation: false } },
      'from=acme\nhsts=60\nserver=https://acme.example/d\nemail=a@example.com\nchallenge=dns\nprovider=ovh\npropagation=no\n',
    ],
  ] as [string, Tls, string][]) {
    it(`tells of ${what}`, () =>
      assert.equal(domainFiles('web', [route({ tls: { 'a.example': tls } })])['tls/a.example/web'], text))
  }

  it('has a domain that is redirected say where to, with a certificate of its own', () => {
    const tls: Tls = { from: 'local', hstsSeconds: 0 }
    const files = domainFiles('web', [
      route({ redirectFrom: ['www.a.example'], tls: { 'a.example': tls, 'www.a.example': tls } }),
    ])
    assert.deepEqual(files, {
      'domains/a.example': '',
      'tls/a.example/web': 'from=local\nhsts=0\n',
      'domains/www.a.example': '',
      'tls/www.a.example/web': 'from=local\nhsts=0\n',
      'redirects/www.a.example/web': 'https://a.example\n',
    })
  })
})

describe('what certificates need', () => {
  it('is lego and openssl for ACME', () => {
    const web = app({ listen: 'port', routes: ['https://a.example', 'http://b.example'] })
    assert.deepEqual([...tlsDomains([web]).keys()], ['a.example'])
    assert.deepEqual(tlsPrograms([web]), ['openssl', 'lego'])
  })

  it('is nothing without https routes', () => {
    assert.deepEqual(tlsPrograms([app({ listen: 'port', routes: ['http://b.example'] })]), [])
  })
})
