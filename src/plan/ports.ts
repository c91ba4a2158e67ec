import type { Ports } from '../contract/release.js'
import type { Report } from '../contract/report.js'

/** Where slipway picks ports: below Linux's ephemeral range (32768), above the registered ones people use. */
export const FIRST_PORT = 20_000
export const LAST_PORT = 29_999

/**
 * Picks two ports for services of one host, one for each slot: what a service had it keeps, others get the lowest
 * free ones. `fixed` are those that services of the config choose themselves, whether they run or not.
 */
export function createPortPicker(report: Report, fixed: readonly number[] = []): (service: string) => Ports {
  const held = new Map<string, Ports>()
  for (const { name, manifest } of report.services) {
    // A port that a service of the config now names itself is no longer to be had.
    if (!manifest?.ports || manifest.ports.some((port) => fixed.includes(port))) continue
    held.set(name, manifest.ports)
  }
  const taken = new Set([...report.ports, ...fixed, ...[...held.values()].flat()])
  const pick = () => {
    for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
      if (taken.has(port)) continue
      taken.add(port)
      return port
    }
    throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT}`)
  }
  return (service) => {
    const ports = held.get(service) ?? ([pick(), pick()] as const)
    held.set(service, ports)
    return ports
  }
}
