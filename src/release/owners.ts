import { domainsOf, type Route } from '../contract/service.js'

/**
 * Whose URLs are. A domain belongs to the service with the shortest path there, so to the one that holds `/`: its
 * certificate, HSTS and whatever else nginx says for the domain as a whole are its owner's. The others have their paths.
 */

/** A service, as far as it has URLs. */
export interface Holder {
  name: string
  routes: readonly Route[]
  /** undefined: nobody's, it was deployed before projects had names. */
  project: string | undefined
}

/** A URL that a service can't have beside what another has. */
export interface Conflict {
  /**
   * `same`: the other has it. `within`: it is a part of what another project has. `redirect`: one of them would
   * redirect the whole domain. `tls`: the owner of the domain, another project's, has no TLS there.
   */
  kind: 'same' | 'within' | 'redirect' | 'tls'
  /** The service that can't have it. */
  service: string
  /** Domain and path. */
  place: string
  /** The other's. */
  held: string
  holder: Holder
  /** Whether the other is of the same project, as far as that is known. */
  sameProject: boolean
}

/** A path of a service on a domain. */
interface Claim {
  domain: string
  path: string
  /** Where all of the domain leads; null: it is served. */
  redirectTo: string | null
  route: Route
}

/** Sorts those who share a domain: its owner comes first. No two services have the same path there. */
export function byOwnership(one: { path: string }, other: { path: string }): number {
  const longer = one.path.length - other.path.length
  return longer !== 0 ? longer : one.path < other.path ? -1 : one.path > other.path ? 1 : 0
}

/** The service to which a domain belongs, and its path there; undefined: nobody's. */
export function domainOwner(
  domain: string,
  holders: readonly Holder[],
): { holder: Holder; path: string } | undefined {
  const there = holders.flatMap((holder) =>
    claimsOf(holder)
      .filter((claim) => claim.domain === domain)
      .map(({ path }) => ({ holder, path })),
  )
  return there.sort(byOwnership)[0]
}

/**
 * What keeps a service from having its URLs beside the others'. What it serves already, it keeps. `takeOver`: whether it
 * may have paths within another project's.
 */
export function conflictsOf(
  service: Holder,
  others: readonly Holder[],
  { served = [], takeOver = false }: { served?: readonly Route[]; takeOver?: boolean } = {},
): Conflict[] {
  const before = claimsOf({ routes: served })
  const claims = claimsOf(service).filter((claim) => !before.some((one) => isSame(one, claim)))
  return claims.flatMap((claim) => conflictOf(claim, service, others, takeOver) ?? [])
}

function conflictOf(
  claim: Claim,
  service: Holder,
  others: readonly Holder[],
  takeOver: boolean,
): Conflict | undefined {
  for (const holder of others) {
    const sameProject = !isForeign(holder.project, service.project)
    for (const held of claimsOf(holder)) {
      const kind = kindOf(claim, held, takeOver || sameProject)
      if (kind !== undefined)
        return {
          kind,
          service: service.name,
          place: placeOf(claim),
          held: placeOf(held),
          holder,
          sameProject,
        }
    }
  }
  return takeOver ? undefined : tlsConflict(claim, service, others)
}

function kindOf(claim: Claim, held: Claim, mayNest: boolean): Conflict['kind'] | undefined {
  if (claim.domain !== held.domain) return undefined
  if (claim.redirectTo !== null || held.redirectTo !== null) {
    return claim.redirectTo === held.redirectTo ? undefined : 'redirect'
  }
  if (claim.path === held.path) return 'same'
  const within = held.path !== '/' && claim.path.startsWith(held.path)
  return within && !mayNest ? 'within' : undefined
}

/** With TLS for a part of it, nginx would send the whole domain to HTTPS. */
function tlsConflict(claim: Claim, service: Holder, others: readonly Holder[]): Conflict | undefined {
  const { domain, route } = claim
  if (route.tls?.[domain] === undefined) return undefined
  const owner = domainOwner(domain, [service, ...others])
  if (owner === undefined || owner.holder === service) return undefined
  const { holder } = owner
  if (!isForeign(holder.project, service.project)) return undefined
  if (claimsOf(holder).some((one) => one.route.tls?.[domain] !== undefined)) return undefined
  const { name } = service
  return { kind: 'tls', service: name, place: placeOf(claim), held: domain, holder, sameProject: false }
}

/** Whether two projects are known to be different. */
export function isForeign(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

function claimsOf({ routes }: Pick<Holder, 'routes'>): Claim[] {
  return routes.flatMap((route) =>
    domainsOf(route).map((domain) =>
      domain === route.domain
        ? { domain, path: route.path, redirectTo: null, route }
        : { domain, path: '/', redirectTo: `${route.scheme}://${route.domain}`, route },
    ),
  )
}

function isSame(one: Claim, other: Claim): boolean {
  return one.domain === other.domain && one.path === other.path && one.redirectTo === other.redirectTo
}

function placeOf({ domain, path }: Claim): string {
  return `${domain}${path}`
}
