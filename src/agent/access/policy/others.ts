import type { Manifest } from '../../../contract/release.js'
import { domainsOf, type Route } from '../../../contract/service.js'
import { picksPorts } from '../../../release/listen.js'

/** What another service of the host has for itself. */
export interface OtherService {
  name: string
  /** Of all its releases, also while nothing listens there. */
  ports: readonly number[]
  /** Of the release that serves. */
  routes: readonly Route[]
}

/** What a key must leave alone. */
export type Others = readonly OtherService[]

/** The ports that a release keeps. */
export function portsOf({ service, ports }: Manifest): number[] {
  if (service.kind === 'site' || service.listen === undefined) return []
  if (service.listen.mode === 'fixed') return [service.listen.port]
  return picksPorts(service.listen) ? [...(ports ?? [])] : []
}

/** A service from its releases, and the one of them that serves. */
export function otherService(
  name: string,
  releases: readonly Manifest[],
  current: Manifest | null,
): OtherService {
  return {
    name,
    ports: [...new Set(releases.flatMap(portsOf))],
    routes: current?.service.routes ?? [],
  }
}

/** The routes of other services on a domain, with those that redirect all of it. */
export function routesOn(others: Others, domain: string): { name: string; path: string; route: Route }[] {
  return others.flatMap(({ name, routes }) =>
    routes.flatMap((route) =>
      domainsOf(route)
        .filter((one) => one === domain)
        .map(() => ({ name, path: route.domain === domain ? route.path : '/', route })),
    ),
  )
}
