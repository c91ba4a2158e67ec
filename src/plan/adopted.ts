import type { Adopts } from '../contract/activation.js'
import type { Report } from '../contract/report.js'

/**
 * What a host will be once services have taken over what they are to: server blocks include their routes, and ports are
 * free that the host then looks at again.
 */
export function onceAdopted(report: Report, adopts: Readonly<Record<string, Adopts>>): Report {
  const domains = Object.values(adopts).flatMap(({ directives }) => directives.map(({ domain }) => domain))
  const { host, portHolders } = report
  return {
    ...report,
    host: { ...host, nginxDomains: [...new Set([...host.nginxDomains, ...domains])] },
    ...(portHolders && { portHolders: portHolders.filter(({ service }) => !(service in adopts)) }),
  }
}
