import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveConfig } from '../../src/config/resolve.js'
import type { Config } from '../../src/config/resolved.js'
import { cache, SlipwayError, service } from '../../src/index.js'

const ORIGIN = { file: 'slipway.config.ts', root: '/project' }
const resolved = (caches: object, more: object = {}): Config =>
  resolveConfig({ hosts: { web: 'root@web' }, caches, ...more }, ORIGIN)
const problems = (caches: object, more: object = {}): string => {
  try {
    resolved(caches, more)
  } catch (error) {
    assert.ok(error instanceof SlipwayError)
    return error.parts.why ?? ''
  }
  return ''
}
const OWN = cache({ route: 'https://cache.example.com/nix/' })

describe('caches of a config', () => {
  it('of its own are sites of a host, with what Nix is told first as their package', () => {
    const { caches, services } = resolved({ main: OWN })
    assert.deepEqual(caches, [{ name: 'main', url: 'https://cache.example.com/nix', host: 'web' }])
    const [site] = services
    assert.ok(site?.kind === 'site' && site.cache)
    assert.deepEqual(site.hosts, ['web'])
    assert.deepEqual(site.package, {
      name: 'nix-cache-info',
      text: 'StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n',
    })
    assert.deepEqual(site.routes[0]?.tls?.['cache.example.com']?.from, 'acme')
  })

  it('of others are named by the URL that Nix has for them', () => {
    const urls = {
      cachix: 'https://me.cachix.org/',
      s3: 's3://bucket?endpoint=s3.example.com&region=eu',
      ssh: 'ssh-ng://builder',
      file: 'file:///srv/cache',
    }
    assert.deepEqual(
      resolved(urls).caches.map(({ name, url, host }) => [name, url, host]),
      [
        ['cachix', 'https://me.cachix.org', null],
        ['s3', urls.s3, null],
        ['ssh', urls.ssh, null],
        ['file', urls.file, null],
      ],
    )
  })

  it('are refused where Nix would read them otherwise, with their place in the config', () => {
    for (const url of [
      'cache.example.com',
      'file://relative',
      'https://',
      'local',
      '--option x',
      'https://a b',
    ]) {
      assert.match(problems({ bad: url }), /^ {2}caches\.bad: /, url)
    }
    assert.match(problems({ main: cache({ route: 'nonsense' }) }), /caches\.main\.route/)
    assert.match(
      problems({ main: cache({ route: 'https://x.example', host: 'wen' }) }),
      /caches\.main\.host: there is no host "wen"/,
    )
    assert.match(problems({ Main: OWN }), /caches\.Main/)
    assert.match(
      problems({ a: 'https://x.example', b: 'https://x.example/' }),
      /caches\.b: is the same as caches\.a/,
    )
  })

  it('have names that no service has', () => {
    const services = { main: service({ package: '.#app' }) }
    assert.match(
      problems({ main: OWN }, { services }),
      /caches\.main: "main" is the name of a service or system, too/,
    )
    assert.equal(problems({ main: 'https://x.example' }, { services }), '')
  })
})
