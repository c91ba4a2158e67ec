import type { Report } from '../../contract/report.js'
import type { Rights } from './rights.js'

/**
 * What a key sees of a host: its own service, and the domains it may serve. It is told the ports of others, since
 * whoever sees one service can't know which of them are taken.
 */
export function narrowReport(report: Report, rights: Rights, portsOfOthers: readonly number[]): Report {
  const domains = new Set(rights.routes.map(({ domain }) => domain))
  const own = ({ service }: { service: string }) => service === rights.service
  const { nginxDefault: _others, ...host } = report.host
  return {
    ...report,
    host: {
      ...host,
      became: false,
      key: { service: rights.service, name: rights.name },
      nginxDomains: host.nginxDomains.filter((domain) => domains.has(domain)),
    },
    services: report.services.filter(({ name }) => name === rights.service),
    secrets: report.secrets.filter(own),
    systems: [],
    certificates: report.certificates.filter(({ domain }) => domains.has(domain)),
    ports: [...new Set([...report.ports, ...portsOfOthers])].sort((one, other) => one - other),
  }
}
