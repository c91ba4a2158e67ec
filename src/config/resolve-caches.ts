import type { Route } from '../contract/service.js'
import type { CacheConfig, ServiceConfig, SiteConfig } from './resolved.js'
import type { Cache } from './types.js'

/** cache.nixos.org has 40, Cachix' caches 41: one's own is nearer. */
const DEFAULT_PRIORITY = 30

/** Whether a service is the site of a cache: nothing is built for it. */
export function isCache(service: ServiceConfig): boolean {
  return service.kind === 'site' && service.cache === true
}

/** A cache of somebody else. */
export function otherCache(name: string, url: string): CacheConfig {
  return { name, url: url.replace(/^(https?:.*?)\/+$/, '$1'), host: null }
}

/** A cache of the config's own, and the site that serves it. */
export function ownCache(name: string, given: Cache, host: string, routes: Route[], keep: number) {
  const [route] = routes
  const config: CacheConfig = { name, url: route?.url.replace(/\/+$/, '') ?? '', host }
  const site: SiteConfig = {
    ...{ kind: 'site', name, routes, keep, cache: true, dir: '', notFound: '404.html' },
    hosts: host === '' ? [] : [host],
    package: { name: 'nix-cache-info', text: cacheInfo(given.priority ?? DEFAULT_PRIORITY) },
  }
  return { config, site }
}

/** What a client is told first. It asks for many paths at once: narinfos are small files. */
function cacheInfo(priority: number): string {
  return `StoreDir: /nix/store\nWantMassQuery: 1\nPriority: ${priority}\n`
}
