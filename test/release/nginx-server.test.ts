import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Tls } from '../../src/contract/service.js'
import {
  type NginxHost,
  renderDefault,
  renderServer,
  type ServedDomain,
} from '../../src/release/nginx-server.js'

const LOCAL: Tls = { from: 'local', hstsSeconds: 0 }

const HOST: NginxHost = {
  version: '1.26.3',
  ipv6: false,
  certificates: new Set(),
  namesHash: false,
  brotli: false,
}

/** The lines of a domain's server blocks, without what every TLS block has. */
function blocks(given: Partial<ServedDomain>, host: Partial<NginxHost> = {}): string[] {
  const served: ServedDomain = { domain: 'a.example', tls: null, redirectTo: null, ...given }
  return lines(renderServer(served, { ...HOST, ...host }))
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^ssl_(protocols|ciphers|prefer|session)/.test(line))
}

const CHALLENGE =
  'location ^~ /.well-known/acme-challenge/ { root /var/lib/slipway/certificates/webroot; default_type text/plain; open_file_cache off; }'

const LOCATIONS = [
  'open_file_cache max=100;',
  'open_file_cache_valid 1s;',
  'open_file_cache_errors on;',
  'include /var/lib/slipway/nginx/locations/a.example/*.conf;',
]

const TO_HTTPS = 'location / { return 308 https://a.example$request_uri; }'

const secure = (listen: string[], hsts: string[] = []) => [
  'server {',
  'listen 80;',
  'server_name a.example;',
  CHALLENGE,
  TO_HTTPS,
  '}',
  'server {',
  ...listen,
  'server_name a.example;',
  'ssl_certificate /var/lib/slipway/certificates/domains/a.example/current/fullchain.pem;',
  'ssl_certificate_key /var/lib/slipway/certificates/domains/a.example/current/key.pem;',
  ...hsts,
  ...LOCATIONS,
  '}',
]

const CERTIFIED = { certificates: new Set(['a.example']) }

describe('renderServer', () => {
  it('serves a domain without https routes over HTTP alone, whatever certificate there is', () => {
    const plain = ['server {', 'listen 80;', 'server_name a.example;', ...LOCATIONS, '}']
    assert.deepEqual(blocks({}), plain)
    assert.deepEqual(blocks({}, CERTIFIED), plain)
  })

  it('listens on both kinds of address where the kernel has both', () => {
    assert.deepEqual(blocks({}, { ipv6: true }).slice(1, 3), ['listen 80;', 'listen [::]:80;'])
    const listens = blocks({ tls: LOCAL }, { ...CERTIFIED, ipv6: true }).filter((line) =>
      line.startsWith('listen'),
    )
    assert.deepEqual(listens, ['listen 80;', 'listen [::]:80;', 'listen 443 ssl;', 'listen [::]:443 ssl;'])
  })

  it('serves a domain over HTTP until it has a certificate', () => {
    assert.deepEqual(blocks({ tls: LOCAL }, { certificates: new Set(['b.example']) }), [
      'server {',
      'listen 80;',
      'server_name a.example;',
      CHALLENGE,
      ...LOCATIONS,
      '}',
    ])
  })

  it('leads to HTTPS once it has one', () => {
    assert.deepEqual(blocks({ tls: LOCAL }, CERTIFIED), secure(['listen 443 ssl;', 'http2 on;']))
  })

  it('asks for HTTP/2 in the words of an older nginx', () => {
    assert.deepEqual(
      blocks({ tls: LOCAL }, { ...CERTIFIED, version: '1.22.1' }),
      secure(['listen 443 ssl http2;']),
    )
  })

  it('promises HTTPS for as long as the config says', () => {
    assert.deepEqual(
      blocks({ tls: { ...LOCAL, hstsSeconds: 60 } }, CERTIFIED),
      secure(
        ['listen 443 ssl;', 'http2 on;'],
        ['set $slipway_hsts "max-age=60";', 'add_header Strict-Transport-Security $slipway_hsts always;'],
      ),
    )
  })

  it('redirects where a domain has no routes of its own', () => {
    const redirect = 'location / { return 308 https://b.example$request_uri; }'
    assert.deepEqual(blocks({ redirectTo: 'https://b.example' }), [
      'server {',
      'listen 80;',
      'server_name a.example;',
      redirect,
      '}',
    ])
    const both = blocks({ redirectTo: 'https://b.example', tls: LOCAL }, CERTIFIED)
    assert.deepEqual(
      both.filter((line) => line.startsWith('location / ')),
      [TO_HTTPS, redirect],
    )
  })
})

describe('renderServer for a wildcard', () => {
  const wildcard = (host: Partial<NginxHost> = {}) => blocks({ domain: '*.a.example', tls: LOCAL }, host)

  it('has names of files in which nothing stands for several', () => {
    const text = wildcard({ certificates: new Set(['*.a.example']) }).join('\n')
    assert.match(text, /^server_name \*\.a\.example;$/m)
    assert.deepEqual(text.match(/(?<=^(?:ssl_certificate|include) ).*(?=;)/gm), [
      '/var/lib/slipway/certificates/domains/_.a.example/current/fullchain.pem',
      '/var/lib/slipway/nginx/locations/_.a.example/*.conf',
    ])
  })

  it('leads to HTTPS of the name that was asked for', () => {
    const text = wildcard({ certificates: new Set(['*.a.example']) })
    assert.ok(text.includes('location / { return 308 https://$host$request_uri; }'))
  })
})

describe('renderDefault', () => {
  const PLAIN = ['server {', 'listen 80;', 'server_name slipway.invalid;', 'return 444;', '}']

  it('closes what asks for a name that nobody serves', () => {
    assert.deepEqual(lines(renderDefault(false, HOST)), PLAIN)
  })

  it('rejects it over TLS, before there is a certificate', () => {
    assert.deepEqual(lines(renderDefault(true, HOST)), [
      ...PLAIN,
      'server {',
      'listen 443 ssl;',
      'http2 on;',
      'server_name slipway.invalid;',
      'ssl_reject_handshake on;',
      'return 444;',
      '}',
    ])
  })

  it('leaves TLS out where nginx can not do that', () => {
    assert.deepEqual(lines(renderDefault(true, { ...HOST, version: '1.19.3' })), PLAIN)
  })
})
