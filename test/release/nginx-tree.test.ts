import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import type { Tls } from '../../src/contract/service.js'
import type { NginxPart } from '../../src/release/nginx-part.js'
import { type NginxHost, renderServer } from '../../src/release/nginx-server.js'
import { renderNginxTree, servedDomains, tlsOf } from '../../src/release/nginx-tree.js'
import { WITHOUT_NGINX } from './nginx-server.js'

const LOCAL: Tls = { from: 'local', hstsSeconds: 0 }
const ACME: Tls = { from: 'acme', hstsSeconds: 0, server: 'https://acme.example/d', challenge: 'http' }
const HOST: NginxHost = {
  version: '1.26.3',
  ipv6: false,
  certificates: new Set(),
  namesHash: false,
  brotli: false,
}

/** A part with a route of some domains; its path is the service's name, unless it is given. */
function part(service: string, domains: Record<string, Tls | null>, path?: string): NginxPart {
  return {
    files: {
      [`upstreams/${service}.conf`]: `# ${service}\n`,
      ...Object.fromEntries(
        Object.keys(domains).map((domain) => [
          `locations/${domain}/${service}.conf`,
          `location /${service}/ {}\n`,
        ]),
      ),
    },
    domains: Object.fromEntries(
      Object.entries(domains).map(([domain, tls]) => [
        domain,
        { tls, path: path ?? `/${service}/`, redirectTo: null },
      ]),
    ),
  }
}

/** A part in which one domain leads to another. */
function redirect(from: string, to: string, tls: Tls | null): NginxPart {
  return { files: {}, domains: { [from]: { tls, path: '/', redirectTo: to } } }
}

describe('renderNginxTree', () => {
  it('is what all services share, where there is none', () => {
    assert.deepEqual(Object.keys(renderNginxTree(new Map(), HOST)), ['http.conf', 'compress.conf'])
  })

  it('has the files of all services, and a server block for each domain of ours', () => {
    const parts = new Map([
      ['web', part('web', { 'a.example': null })],
      ['api', part('api', { 'a.example': null, 'b.example': null })],
    ])
    const tree = renderNginxTree(parts, HOST)
    assert.deepEqual(Object.keys(tree).sort(), [
      'compress.conf',
      'default.conf',
      'http.conf',
      'locations/a.example/api.conf',
      'locations/a.example/web.conf',
      'locations/b.example/api.conf',
      'servers/a.example.conf',
      'servers/b.example.conf',
      'upstreams/api.conf',
      'upstreams/web.conf',
    ])
    assert.equal(tree['locations/b.example/api.conf'], 'location /api/ {}\n')
    assert.equal(
      tree['servers/a.example.conf'],
      renderServer({ domain: 'a.example', tls: null, redirectTo: null }, HOST),
    )
  })

  it('has no server block for a domain of somebody else’s', () => {
    const existing: NginxPart = { files: { 'locations/a.example/web.conf': '' }, domains: {} }
    assert.deepEqual(Object.keys(renderNginxTree(new Map([['web', existing]]), HOST)), [
      'http.conf',
      'compress.conf',
      'locations/a.example/web.conf',
    ])
  })

  it('is the same whatever the order of the services', () => {
    const parts: [string, NginxPart][] = [
      ['b', part('b', { 'a.example': ACME })],
      ['a', part('a', { 'a.example': LOCAL, 'b.example': null })],
    ]
    const one = renderNginxTree(new Map(parts), HOST)
    assert.equal(JSON.stringify(one), JSON.stringify(renderNginxTree(new Map([...parts].reverse()), HOST)))
  })

  it('turns strangers away on port 443 as soon as it is in use', () => {
    const parts = new Map([['web', part('web', { 'a.example': LOCAL })]])
    const rejects = (host: Partial<NginxHost>) =>
      /ssl_reject_handshake/.test(renderNginxTree(parts, { ...HOST, ...host })['default.conf'] ?? '')
    const certificates = new Set(['a.example'])
    assert.ok(!rejects({}))
    assert.ok(rejects({ certificates }))
    assert.ok(!rejects({ certificates, version: '1.18.0' }))
    assert.ok(!rejects({ certificates: new Set(['other.example']) }))
  })

  it('redirects over HTTP where neither has a certificate, and to where one has', () => {
    const parts = new Map([
      ['web', part('web', { 'a.example': LOCAL })],
      ['www', redirect('www.a.example', 'https://a.example', LOCAL)],
    ])
    const target = (certificates: string[]) =>
      /308 (\S+)\$request_uri/.exec(
        renderNginxTree(parts, { ...HOST, certificates: new Set(certificates) })[
          'servers/www.a.example.conf'
        ] ?? '',
      )?.[1]
    assert.equal(target([]), 'http://a.example')
    assert.equal(target(['a.example']), 'https://a.example')
  })

  it('redirects to HTTPS where something else ends TLS', () => {
    const www = redirect('www.a.example', 'https://a.example', null)
    const tree = renderNginxTree(new Map([['www', www]]), HOST)
    assert.match(tree['servers/www.a.example.conf'] ?? '', /308 https:\/\/a\.example\$request_uri/)
  })
})

describe('servedDomains', () => {
  it('audit 11: take what their owner says, whatever the others are called', () => {
    const main = part('main', { 'a.example': ACME }, '/')
    const long: Tls = { ...ACME, hstsSeconds: 999_999_999 }
    for (const name of ['app', 'zoo']) {
      for (const theirs of [long, LOCAL, null] as (Tls | null)[]) {
        const parts: Map<string, NginxPart> = new Map([
          [name, part(name, { 'a.example': theirs }, '/forum/')],
          ['main', main],
        ])
        assert.deepEqual(servedDomains(parts), [{ domain: 'a.example', tls: ACME, redirectTo: null }])
        assert.deepEqual([...tlsOf(parts)], [['a.example', ACME]])
      }
    }
  })

  it('belong to the shortest path where nobody has all of them', () => {
    const parts = new Map([
      ['b', part('b', { 'a.example': LOCAL }, '/blog/')],
      ['a', part('a', { 'a.example': ACME }, '/archive/')],
    ])
    assert.deepEqual(servedDomains(parts), [{ domain: 'a.example', tls: LOCAL, redirectTo: null }])
  })

  it('keep TLS that only a part of them has', () => {
    const parts = new Map([
      ['main', part('main', { 'a.example': null }, '/')],
      ['app', part('app', { 'a.example': LOCAL }, '/forum/')],
    ])
    assert.deepEqual(servedDomains(parts), [{ domain: 'a.example', tls: LOCAL, redirectTo: null }])
  })

  it('redirect no domain that has routes', () => {
    const www = redirect('a.example', 'https://b.example', LOCAL)
    const parts = new Map([
      ['www', www],
      ['web', part('web', { 'a.example': null })],
    ])
    assert.deepEqual(servedDomains(parts), [{ domain: 'a.example', tls: LOCAL, redirectTo: null }])
    assert.deepEqual(servedDomains(new Map([['www', www]])), [
      { domain: 'a.example', tls: LOCAL, redirectTo: 'https://b.example' },
    ])
  })

  it('redirect no domain that a foreign server block of ours has routes in', () => {
    const existing: NginxPart = { files: { 'locations/a.example/web.conf': '' }, domains: {} }
    const parts = new Map([
      ['web', existing],
      ['www', redirect('a.example', 'https://b.example', null)],
    ])
    assert.deepEqual(servedDomains(parts), [{ domain: 'a.example', tls: null, redirectTo: null }])
  })
})

describe('nginx', { skip: WITHOUT_NGINX }, () => {
  const version = /nginx\/([\d.]+)/.exec(
    spawnSync('/usr/sbin/nginx', ['-v'], { encoding: 'utf8' }).stderr,
  )?.[1]

  /** What `nginx -t` says to a tree. */
  function says(tree: Record<string, string>, certificates: readonly string[]): string {
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-tree-')))
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    try {
      const moved = (text: string) => text.replaceAll('/var/lib/slipway', root)
      for (const [path, text] of Object.entries(tree)) write(`nginx/${path}`, moved(text))
      for (const domain of certificates) {
        const at = join(root, 'certificates/domains', domain, 'current')
        mkdirSync(at, { recursive: true })
        spawnSync('openssl', [
          ...[
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:P-256',
            '-nodes',
            '-subj',
            '/CN=a',
          ],
          ...['-keyout', `${at}/key.pem`, '-out', `${at}/fullchain.pem`],
        ])
      }
      write(
        'nginx.conf',
        `pid ${root}/pid; error_log stderr; events {}\nhttp { access_log off; include ${root}/nginx/http.conf; }`,
      )
      const { status, stderr } = spawnSync(
        '/usr/sbin/nginx',
        ['-t', '-p', root, '-c', `${root}/nginx.conf`],
        {
          encoding: 'utf8',
        },
      )
      return `${status}${/\[(emerg|warn)\].*/.exec(stderr)?.[0] ?? ''}`
    } finally {
      rmSync(root, { recursive: true })
    }
  }

  const parts = new Map([
    ['web', part('web', { 'a.example': { ...LOCAL, hstsSeconds: 60 }, 'plain.example': null })],
    ['api', part('api', { 'a.example': LOCAL })],
    ['www', redirect('www.a.example', 'https://a.example', LOCAL)],
  ])

  for (const certificates of [[], ['a.example'], ['a.example', 'www.a.example']]) {
    it(`accepts a tree with ${certificates.length} certificates`, () => {
      const host = { ...HOST, version: version ?? '', ipv6: true, certificates: new Set(certificates) }
      assert.equal(says(renderNginxTree(parts, host), certificates), '0')
    })
  }

  it('accepts a tree of nothing, and one with a very long domain', () => {
    const host = { ...HOST, version: version ?? '' }
    assert.equal(says(renderNginxTree(new Map(), host), []), '0')
    const long = `${'a'.repeat(60)}.${'b'.repeat(40)}.example`
    assert.equal(says(renderNginxTree(new Map([['web', part('web', { [long]: null })]]), host), []), '0')
  })
})
