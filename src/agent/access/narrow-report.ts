import type { Holder } from '../../contract/failure.js'
import type { Manifest } from '../../contract/release.js'
import type { Report } from '../../contract/report.js'
import type { Service } from '../../contract/service.js'
import { mayDeploy, type Rights } from './rights.js'

/**
 * What a key sees of a host. Of the services that it may deploy, all; of the rest, with the right to observe, what holds
 * no values; without it nothing but which ports are taken, since whoever sees one service can't know.
 * `ownTurn`: whether it is this key that works on the host.
 */
export function narrowReport(
  report: Report,
  rights: Rights,
  { portsOfOthers, ownTurn }: { portsOfOthers: readonly number[]; ownTurn: boolean },
): Report {
  const { service, name, services, observe } = rights
  const deploys = (one: string) => mayDeploy(rights, one)
  const domains = new Set(services.flatMap(({ routes }) => routes.map(({ domain }) => domain)))
  const seen = (domain: string) => observe || domains.has(domain)
  // Whose server answers unknown hosts is none of a key's business, unless it may look at the host.
  const { nginxDefault, ...host } = report.host
  return {
    ...report,
    host: {
      ...host,
      became: false,
      key: { service, name, observe, services: services.map((one) => one.service) },
      ...(observe && nginxDefault !== undefined && { nginxDefault }),
      nginxDomains: host.nginxDomains.filter(seen),
      nginxError: observe ? host.nginxError : null,
    },
    lock: report.lock && (observe || ownTurn ? report.lock : somebody(report.lock)),
    services: report.services.flatMap((one) => {
      if (deploys(one.name)) return [one]
      return observe ? [{ ...one, manifest: one.manifest && withoutValues(one.manifest) }] : []
    }),
    secrets: report.secrets.filter((one) => deploys(one.service)),
    systems: observe ? report.systems : [],
    certificates: report.certificates.filter(({ domain }) => seen(domain)),
    ports: [...new Set([...report.ports, ...portsOfOthers])].sort((one, other) => one - other),
  }
}

/** That somebody works on the host, but not who and at what: that may be another service's business. */
export function somebody({ since }: Holder): Holder {
  return { id: '', who: 'somebody else', what: 'a change of their own', since }
}

/** A release without what may hold a secret, be it against all advice: variables, arguments, directives, headers. */
function withoutValues(manifest: Manifest): Manifest {
  return { ...manifest, secrets: {}, service: plain(manifest.service) }
}

function plain(service: Service): Service {
  const routes = service.routes.map(({ http: _, ...route }) => route)
  if (service.kind === 'site') return { ...service, routes }
  const { run: _, gateway, ...program } = service
  const bare = <T extends { run: string[] }>(one: T): T => ({ ...one, run: one.run.slice(0, 1) })
  const job = (one: Extract<Service, { kind: 'service' }>['processes'][number]) => ({
    ...bare(one),
    env: {},
    unit: {},
  })
  return {
    ...program,
    ...(gateway && { gateway: { ...gateway, params: {} } }),
    routes,
    env: {},
    unit: {},
    before: service.before.map(bare),
    after: service.after.map(bare),
    processes: service.processes.map(job),
    timers: service.timers.map(job),
  }
}
