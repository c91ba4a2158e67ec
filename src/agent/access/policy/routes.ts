import type { Manifest } from '../../../contract/release.js'
import { domainsOf, type Route, type Tls } from '../../../contract/service.js'
import { holdsDomain, isDomainHeader } from '../../../release/domain-headers.js'
import { grantFor, type ServiceRights } from '../rights.js'
import { httpProblems, leftOutProblems } from './http.js'
import { type Others, routesOn } from './others.js'
import { isLine, problem, shown } from './text.js'
import { tlsProblem } from './tls.js'

/** What is wrong with the routes that a key sends. */
export function routeProblems(
  routes: readonly Route[],
  rights: ServiceRights,
  inherited: Manifest | null,
  others: Others,
): string[] {
  const before = inherited?.service.routes ?? []
  const found = routes.flatMap((route) => [
    ...problem(!saysWhatItIs(route), `the route ${shown(route.url)} is another than it says`),
    ...placeProblems(route, rights, others),
    ...serverProblems(route, inherited, others),
    ...tlsProblems(route, inherited, others),
    ...httpProblems(route, before),
    ...domainHeaderProblems(route, routes),
  ])
  return [...found, ...leftOutProblems(routes, before)]
}

/** A part of a domain does not speak for all of it. */
function domainHeaderProblems({ domain, http = {} }: Route, routes: readonly Route[]): string[] {
  if (holdsDomain(routes, domain)) return []
  return Object.keys(http.headers ?? {}).flatMap((name) =>
    problem(isDomainHeader(name), `${name} is for who has all of ${domain} to say: http.headers`),
  )
}

/** What people are shown is what is served. */
function saysWhatItIs({ url, scheme, domain, path }: Route): boolean {
  if (!isLine(url) || !URL.canParse(url)) return false
  const parsed = new URL(url)
  const parsedPath = parsed.pathname.endsWith('/') ? parsed.pathname : `${parsed.pathname}/`
  const rest = parsed.username + parsed.password + parsed.search + parsed.hash + parsed.port
  return parsed.protocol === `${scheme}:` && parsed.hostname === domain && parsedPath === path && rest === ''
}

/** Each of its places is one that the key may serve, and no other service's. */
function placeProblems(route: Route, rights: ServiceRights, others: Others): string[] {
  return domainsOf(route).flatMap((domain) => {
    const redirected = domain !== route.domain
    const path = redirected ? '/' : route.path
    const granted = grantFor(rights, domain, path)
    if (granted === undefined) return [`this key may not serve ${domain}${path}`]
    const there = routesOn(others, domain)
    if (redirected) {
      return problem(there.length > 0, `${domain} can't be redirected: ${there[0]?.name} has a route there`)
    }
    // A longer route of another service takes its own requests; within it, only what was granted there by name.
    const holder = there.find(
      (other) =>
        path.startsWith(other.path) && (granted <= other.path.length || isRedirect(other.route, domain)),
    )
    return problem(holder !== undefined, `${domain}${path} belongs to ${holder?.name}`)
  })
}

function isRedirect(route: Route, domain: string): boolean {
  return route.domain !== domain
}

/** Where somebody else's server block is, one of ours would take its place. */
function serverProblems(route: Route, inherited: Manifest | null, others: Others): string[] {
  if (route.server === 'existing') return []
  return domainsOf(route).flatMap((domain) => {
    const before = (inherited?.service.routes ?? []).filter((one) => one.domain === domain)
    const there = [...before, ...routesOn(others, domain).map((other) => other.route)]
    const foreign = there.some(({ server }) => server === 'existing')
    return problem(foreign, `the nginx server of ${domain} is not slipway's`)
  })
}

function tlsProblems(route: Route, inherited: Manifest | null, others: Others): string[] {
  const domains = domainsOf(route)
  return Object.entries(route.tls ?? {}).flatMap(([domain, tls]) => {
    if (!domains.includes(domain))
      return [`the route ${shown(route.url)} has nothing to do with ${shown(domain)}`]
    const before = {
      inherited: inheritedTls(inherited, domain),
      others: routesOn(others, domain).map((other) => other.route.tls?.[domain]),
    }
    return tlsProblem(domain, tls, before) ?? []
  })
}

function inheritedTls(inherited: Manifest | null, domain: string): Tls | undefined {
  return inherited?.service.routes.flatMap(({ tls }) => tls?.[domain] ?? [])[0]
}
