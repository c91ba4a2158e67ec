import { currentDir, domainFolder, SOCKETS_ROOT } from '../contract/paths.js'
import type { Manifest } from '../contract/release.js'
import { domainsOf, type Program, type Route, type Site, type Tls } from '../contract/service.js'
import { endpointsOf } from './listen.js'
import { renderProxyLocations } from './nginx.js'
import { renderCacheLocations } from './nginx-cache.js'
import { renderZones } from './nginx-route.js'
import { renderSiteLocations } from './nginx-site.js'
import { type Proxied, renderUpstreams } from './nginx-upstreams.js'
import { byOwnership } from './owners.js'

/** A release's part of nginx's configuration. */
export interface NginxPart {
  /** Snippets, by path in nginx's tree: `locations/DOMAIN/SERVICE.conf`, `upstreams/SERVICE.conf`, `zones/SERVICE.conf`. */
  files: Record<string, string>
  /** The domains whose `server` blocks are ours. */
  domains: Record<
    string,
    {
      /** How it gets its certificate; null: nginx does not end TLS for it. */
      tls: Tls | null
      /** The shortest of its paths there: see `domainOwner`. */
      path: string
      /** Where all of it leads, `https://example.com`, if it is only redirected. */
      redirectTo: string | null
    }
  >
}

/** What nginx serves of a release. `sockets`: where it has its sockets. */
export function nginxPartOf(manifest: Manifest, sockets = SOCKETS_ROOT): NginxPart {
  const { service } = manifest
  return {
    files: service.kind === 'site' ? siteFiles(service) : programFiles(service, manifest, sockets),
    domains: ownDomains(service.routes),
  }
}

function programFiles(service: Program, { ports }: Manifest, sockets: string): Record<string, string> {
  const { name, listen, routes } = service
  if (!listen || routes.length === 0) return {}
  const endpoints = endpointsOf(name, listen, ports, sockets)
  const proxied: Proxied = { service: name, endpoints, queued: listen.mode === 'fixed' }
  return {
    [`upstreams/${name}.conf`]: renderUpstreams(proxied),
    ...located(name, renderProxyLocations(proxied, service)),
    ...zones(service),
  }
}

function siteFiles(site: Site): Record<string, string> {
  const { name, dir, notFound, fallback, routes } = site
  if (site.cache) return { ...located(name, renderCacheLocations(name, routes)), ...zones(site) }
  // Through the current release, so that a new one needs no reload.
  const folder = `${currentDir(name)}/package`
  const below = dir.replace(/^\/+|\/+$/g, '')
  const root = below === '' ? folder : `${folder}/${below}`
  const files = { service: name, root, notFound, fallback }
  return { ...located(name, renderSiteLocations(files, routes)), ...zones(site) }
}

function zones({ name, routes }: Program | Site): Record<string, string> {
  const text = renderZones(name, routes)
  return text === undefined ? {} : { [`zones/${name}.conf`]: text }
}

function located(service: string, byDomain: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(byDomain).map(([domain, text]) => [
      `locations/${domainFolder(domain)}/${service}.conf`,
      text,
    ]),
  )
}

/** The domains whose server blocks are ours, and how each gets its certificate. */
function ownDomains(routes: readonly Route[]): NginxPart['domains'] {
  const domains: NginxPart['domains'] = {}
  for (const route of routes.filter(({ server }) => server === 'slipway')) {
    for (const domain of domainsOf(route)) {
      const before = domains[domain]
      const redirectTo = domain === route.domain ? null : `${route.scheme}://${route.domain}`
      const path = redirectTo === null ? route.path : '/'
      domains[domain] = {
        tls: route.tls?.[domain] ?? before?.tls ?? null,
        path: before === undefined || byOwnership({ path }, before) < 0 ? path : before.path,
        redirectTo: redirectTo ?? before?.redirectTo ?? null,
      }
    }
  }
  return domains
}
