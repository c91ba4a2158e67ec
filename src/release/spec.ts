import type { AppConfig, Health, ServiceConfig } from '../config/resolved.js'
import type { Route } from '../config/route.js'
import type { Endpoint } from './listen.js'

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
  for (const route of service.routes) lines.push(`verify=${verifyLine(service, route)}`)
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
  return [...lines, ...healthLines(app.health)]
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

/**
 * `DOMAIN PATH healthy|any`: what is asked of nginx to see that a route leads to the service. A route that
 * doesn't reach the health path proves itself by any answer of the service's own.
 */
function verifyLine(service: ServiceConfig, route: Route): string {
  if (service.kind === 'site') return `${route.domain} ${route.path} healthy`
  const path = probePath(service.health.path, route)
  return `${route.domain} ${path ?? route.path} ${path ? 'healthy' : 'any'}`
}

function probePath(health: string, route: Route): string | undefined {
  if (route.strip) return `${route.path.slice(0, -1)}${health}`
  return health.startsWith(route.path) ? health : undefined
}
