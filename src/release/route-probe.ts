import { type Health, nameIn, type Route, type Service, type Site } from '../contract/service.js'
import { CACHE_INFO } from './nginx-cache.js'
import { isRestricted } from './nginx-route.js'

/** How a route is asked to see that it leads to its service. */
export interface RouteProbe {
  url: string
  /** The route's: of a wildcard, `nameIn` is who is asked. */
  domain: string
  path: string
  /**
   * Whether any answer will do that is no error of nginx's: of a route that doesn't reach the health path, where health
   * is told otherwise, or where nginx may refuse whoever asks.
   */
  any: boolean
  /** Status codes that count as healthy; undefined: {@link statusIsHealthy}'s default. */
  status: number[] | undefined
}

/** What is asked of each route of a service. */
export function routeProbes(service: Service): RouteProbe[] {
  return service.routes.map((route) => {
    const health = service.kind === 'site' ? sitePath(service, route) : askedAt(service.health, route)
    const path = health ?? route.path
    return {
      url: `${route.scheme}://${nameIn(route.domain)}${path}`,
      domain: route.domain,
      path,
      any: health === undefined || isRestricted(route),
      status: service.kind === 'site' ? undefined : service.health.status,
    }
  })
}

function askedAt({ by, path }: Health, route: Route): string | undefined {
  return by === undefined ? healthPath(path, route) : undefined
}

/** What is sure to be there. */
function sitePath({ cache }: Site, { path }: Route): string {
  return cache ? `${path}${CACHE_INFO}` : path
}

/** Whether a status code tells of health. */
export function statusIsHealthy(status: number, allowed: readonly number[] | undefined): boolean {
  return allowed ? allowed.includes(status) : status >= 200 && status < 400
}

/** Where a route leads to the health path; undefined: nowhere. */
export function healthPath(health: string, route: Route): string | undefined {
  if (route.strip) return `${route.path.slice(0, -1)}${health}`
  return health.startsWith(route.path) ? health : undefined
}
