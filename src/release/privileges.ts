import type { Service } from '../contract/service.js'

/**
 * Directives that give a unit no rights: limits, accounts of what it uses, times, and how it is restarted. Whatever
 * else a config sets may, so it counts as if it did.
 */
const HARMLESS =
  /^(Description|Documentation|Environment|(CPU|Memory|Tasks|IO|Startup|Limit|Restart|Timeout|OOM|StartLimitInterval|StartLimitBurst|Log)[A-Za-z]*|RuntimeMaxSec|WatchdogSec|Nice|IOScheduling[A-Za-z]*|UMask|SuccessExitStatus|KillMode|KillSignal|SendSIGKILL|RandomizedDelaySec|AccuracySec|Persistent)$/

/**
 * Whether nothing of a service can change who gets in to its host: its programs, jobs and hooks run as its own user,
 * in the sandbox.
 */
export function isUnprivileged(service: Service): boolean {
  if (service.kind === 'site') return true
  const units = [service.unit, ...[...service.processes, ...service.timers].map(({ unit }) => unit)]
  return units.every((unit) => Object.keys(unit).every((name) => HARMLESS.test(name)))
}
