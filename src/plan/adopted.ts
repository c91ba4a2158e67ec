import type { Adopts } from '../contract/activation.js'
import type { Report } from '../contract/report.js'

/** What a host will be once services have taken over what they are to: its server blocks include their routes. */
export function onceAdopted(report: Report, adopts: readonly Adopts[]): Report {
  const domains = adopts.flatMap(({ directives }) => directives.map(({ domain }) => domain))
  if (domains.length === 0) return report
  const { host } = report
  return { ...report, host: { ...host, nginxDomains: [...new Set([...host.nginxDomains, ...domains])] } }
}
