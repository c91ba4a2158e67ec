import type { AppConfig, Health, ServiceConfig } from '../config/resolved.js'
import type { Endpoint } from './listen.js'
import { routeProbes } from './route-probe.js'

/** What the spec takes from a composed release. */
interface SpecParts {
  units: Record<string, string>
  endpoint: Endpoint | undefined
}

/**
 * The release as the host's program reads it: `key=value` lines, repeated keys for lists. The program
 * splits at the first `=`, so values may hold anything but a line break.
 */
export function renderSpec(service: ServiceConfig, parts: SpecParts): string {
  const lines = [`kind=${service.kind}`, `keep=${service.keep}`]
  if (service.kind === 'service') lines.push(...appLines(service, parts))
  for (const { domain, path, any } of routeProbes(service)) {
    lines.push(`verify=${domain} ${path} ${any ? 'any' : 'healthy'}`)
  }
  return `${lines.join('\n')}\n`
}

function appLines(app: AppConfig, { units, endpoint }: SpecParts): string[] {
  const names = Object.keys(units)
  const timers = names.filter((name) => name.endsWith('.timer'))
  const jobs = new Set(timers.map((name) => name.replace(/\.timer$/, '.service')))
  const lines = [`user=${app.name}`, `state=${app.state ? 'yes' : 'no'}`]
  for (const name of names) {
    if (name.endsWith('.socket')) lines.push(`socket=${name}`)
    else if (name.endsWith('.timer')) lines.push(`timer=${name}`)
    else if (!jobs.has(name)) lines.push(`process=${name}`)
  }
  for (const { calendar } of app.timers) lines.push(`calendar=${calendar}`)
  if (endpoint) lines.push(...endpointLines(endpoint))
  return [...lines, ...healthLines(app.health), `watch=${Math.ceil(app.watchMs / 10)}`]
}

function endpointLines(endpoint: Endpoint): string[] {
  return 'tcp' in endpoint ? [`port=${endpoint.tcp}`] : [`unix=${endpoint.unix}`]
}

/** Times are in hundredths of a second where the host counts them, in seconds where curl or sleep take them. */
function healthLines(health: Health): string[] {
  return [
    `health_path=${health.path}`,
    `health_status=${health.status?.join(' ') ?? ''}`,
    `health_timeout=${Math.ceil(health.timeoutMs / 10)}`,
    `health_interval=${health.intervalMs / 1000}`,
    `health_attempt=${health.attemptMs / 1000}`,
    `health_successes=${health.successes}`,
    `health_settle=${Math.ceil(health.settleMs / 10)}`,
  ]
}
