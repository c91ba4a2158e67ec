import type { Tls } from '../contract/service.js'
import { LETS_ENCRYPT } from './resolve-certificates.js'
import type { Config } from './resolved.js'

/** On throwaway hosts, which Let's Encrypt can't reach, the hosts' own authorities stand in for it. */
export function withRehearsedCertificates(config: Config): Config {
  const thrownAway = (name: string) => config.hosts[name]?.ssh.startsWith('rehearse:') ?? false
  const services = config.services.map((service) =>
    service.hosts.every(thrownAway)
      ? { ...service, routes: service.routes.map((route) => rehearsed(route)) }
      : service,
  )
  return { ...config, services }
}

function rehearsed<ROUTE extends { tls?: Record<string, Tls> }>(route: ROUTE): ROUTE {
  if (!route.tls) return route
  const tls = Object.entries(route.tls).map(([domain, own]) => [domain, local(own)])
  return { ...route, tls: Object.fromEntries(tls) }
}

function local(tls: Tls): Tls {
  const isPublic = tls.from === 'acme' && Object.values<string>(LETS_ENCRYPT).includes(tls.server)
  return isPublic ? { from: 'local', hstsSeconds: tls.hstsSeconds } : tls
}
