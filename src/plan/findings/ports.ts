import { type Finding, finding, type Subject } from './finding.js'

/** Ports that services choose themselves, and somebody else has. */
export function portFindings({ report, services }: Subject): Finding[] {
  const names = new Set(services.map(({ name }) => name))
  return (report.portHolders ?? [])
    .filter(({ service }) => names.has(service))
    .map(({ service, port, by }) =>
      finding(`port ${port}`, false, `taken by ${by}`, {
        fix: `give ${service} a network of its own with \`listen: { port: ${port}, network: 'own' }\`, or another port; or end what has this one`,
        problem: `port ${port} is taken by ${by}: ${service} can't have it`,
      }),
    )
}
