import type { Problem } from './problems.js'
import type { Config } from './resolved.js'

/** A domain that is redirected leads to one place: it can't be served too, nor be redirected elsewhere. */
export function redirectProblems({ services }: Config): Problem[] {
  const all = services.flatMap((service) =>
    service.routes.map((route, index) => ({
      ...{ route, hosts: service.hosts, path: `services.${service.name}.routes[${index}]` },
    })),
  )
  return all.flatMap(({ route, hosts, path }) =>
    (route.redirectFrom ?? []).flatMap((domain) => {
      const near = all.filter((other) => other.hosts.some((host) => hosts.includes(host)))
      const served = near.find((other) => other.route.domain === domain)
      const elsewhere = near.find(
        (other) =>
          other.route.redirectFrom?.includes(domain) &&
          (other.route.domain !== route.domain || other.route.scheme !== route.scheme),
      )
      const at = `${path}.redirectFrom`
      if (served) return [{ path: at, message: `${domain} is served by ${served.path} already` }]
      return elsewhere ? [{ path: at, message: `${domain} is redirected by ${elsewhere.path} already` }] : []
    }),
  )
}
