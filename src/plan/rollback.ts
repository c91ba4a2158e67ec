import type { ServiceReport } from '../host/report.js'

/** The release a rollback leads to, from the one that serves; or why there is none. */
export function rollbackTarget(
  service: ServiceReport | undefined,
  wanted: number | undefined,
): { to: number; from: number } | { problem: string } {
  if (!service || service.current === null) return { problem: 'it has no release there' }
  const from = service.current
  if (wanted === from) return { problem: `release ${from} serves already` }
  if (wanted !== undefined) {
    const exists = service.releases.some(({ number }) => number === wanted)
    return exists ? { to: wanted, from } : { problem: `there is no release ${wanted}` }
  }
  const before = service.releases.filter(({ number, good }) => good !== null && number < from)
  const to = Math.max(...before.map(({ number }) => number))
  return before.length > 0 ? { to, from } : { problem: `no good release came before ${from}` }
}
