import type { Report } from '../host/report.js'

/** Where slipway picks ports: below Linux's ephemeral range (32768), above the registered ones people use. */
export const FIRST_PORT = 20_000
export const LAST_PORT = 29_999

/**
 * Picks ports for services of one host: what a service had it keeps, others get the lowest free one.
 * `fixed` are those that services of the config choose themselves, whether they run or not.
 */
export function createPortPicker(report: Report, fixed: readonly number[] = []): (service: string) => number {
  const held = new Map(
    report.services.flatMap(({ name, manifest }) =>
      manifest?.port == null ? [] : [[name, manifest.port] as const],
    ),
  )
  const taken = new Set([...report.ports, ...fixed, ...held.values()])
  return (service) => {
    const kept = held.get(service)
    if (kept !== undefined) return kept
    for (let port = FIRST_PORT; port <= LAST_PORT; port += 1) {
      if (taken.has(port)) continue
      taken.add(port)
      held.set(service, port)
      return port
    }
    throw new Error(`no free port between ${FIRST_PORT} and ${LAST_PORT}`)
  }
}
