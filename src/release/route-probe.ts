import type { Route, Service } from '../contract/service.js'

/** How a route is asked to see that it leads to its service. */
export interface RouteProbe {
  url: string
  domain: string
  path: string
  /**
   * Whether any answer of the service's own will do: a route that doesn't reach the health path proves
   * itself by not being an error of nginx's.
   */
  any: boolean
  /** Status codes that count as healthy; undefined: {@link statusIsHealthy}'s default. */
  status: number[] | undefined
}

/** What is asked of each route of a service. */
export function routeProbes(service: Service): RouteProbe[] {
  return service.routes.map((route) => {
    const health = service.kind === 'site' ? route.path : healthPath(service.health.path, route)
    const path = health ?? route.path
    return {
      url: `${route.scheme}://${route.domain}${path}`,
      domain: route.domain,
      path,
      any: health === undefined,
      status: service.kind === 'site' ? undefined : service.health.status,
    }
  })
}

/** Whether a status code tells of health. */
export function statusIsHealthy(status: number, allowed: readonly number[] | undefined): boolean {
  return allowed ? allowed.includes(status) : status >= 200 && status < 400
}

function healthPath(health: string, route: Route): string | undefined {
  if (route.strip) return `${route.path.slice(0, -1)}${health}`
  return health.startsWith(route.path) ? health : undefined
}
