import type { ServiceReport } from '../contract/report.js'

/** What is said of a service whose programs can be reached past nginx; undefined: none can. */
export function exposure({ name, exposed = [] }: ServiceReport): string | undefined {
  if (exposed.length === 0) return undefined
  return `${name} listens on ${exposed.join(', ')}, reachable from outside past nginx`
}
