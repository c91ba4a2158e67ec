import type { AppConfig, Health, HookConfig, ServiceConfig } from '../config/resolved.js'
import { shellCommand } from '../shell-quote.js'
import type { SecretUses } from './credentials.js'
import { type Endpoints, SLOTS } from './listen.js'
import { programPath } from './places.js'
import { routeProbes } from './route-probe.js'

/** What the spec takes from a composed release. */
interface SpecParts {
  /** The package. */
  storePath: string
  units: Record<string, string>
  endpoints: Endpoints | undefined
  secrets?: SecretUses
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

function appLines(app: AppConfig, { units, endpoints, storePath, secrets = {} }: SpecParts): string[] {
  const names = Object.keys(units)
  const timers = names.filter((name) => name.endsWith('.timer'))
  const jobs = new Set(timers.map((name) => name.replace(/\.timer$/, '.service')))
  const lines = [`user=${app.name}`, `state=${app.state ? 'yes' : 'no'}`]
  for (const name of names) {
    // Instances of templates belong to slots, which the host sees to.
    if (name.includes('@')) continue
    if (name.endsWith('.timer')) lines.push(`timer=${name}`)
    else if (!jobs.has(name)) lines.push(`process=${name}`)
  }
  for (const { calendar } of app.timers) lines.push(`calendar=${calendar}`)
  if (endpoints && app.listen) lines.push(`slots=${app.listen.mode}`, ...endpointLines(endpoints))
  lines.push(`drain=${Math.ceil(app.drainMs / 10)}`)
  for (const [name, { version }] of Object.entries(secrets)) lines.push(`secret=${name} ${version}`)
  for (const hook of app.before) lines.push(`before=${hookLine(storePath, hook)}`)
  for (const hook of app.after) lines.push(`after=${hookLine(storePath, hook)}`)
  return [...lines, ...healthLines(app.health), `watch=${Math.ceil(app.watchMs / 10)}`]
}

function endpointLines(endpoints: Endpoints): string[] {
  return SLOTS.map((slot) => {
    const endpoint = endpoints[slot]
    return 'tcp' in endpoint ? `port_${slot}=${endpoint.tcp}` : `unix_${slot}=${endpoint.unix}`
  })
}

/** `SECONDS yes|no COMMAND`: the words of the command are quoted for a shell. */
function hookLine(storePath: string, { run, timeoutMs, irreversible }: HookConfig): string {
  const [program = '', ...args] = run
  const command = shellCommand([programPath(storePath, program), ...args])
  return `${Math.ceil(timeoutMs / 1000)} ${irreversible ? 'yes' : 'no'} ${command}`
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
