import { type Finding, finding, type Subject } from './finding.js'

/** Ports that services choose themselves, and somebody else has. */
export function portFindings({ report, services }: Subject): Finding[] {
  const names = new Set(services.map(({ name }) => name))
  return (report.portHolders ?? [])
    .filter(({ service }) => names.has(service))
    .map(({ service, port, by }) =>
      finding(`port ${port}`, false, `taken by ${by}`, {
        fix: `have ${service} listen elsewhere, on $PORT with \`listen: 'port'\` for one; or end what has the port`,
        problem: `port ${port} is taken by ${by}: ${service} can't have it`,
      }),
    )
}
