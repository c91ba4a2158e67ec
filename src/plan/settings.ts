import type { Manifest, Ports } from '../contract/release.js'
import { type Health, type HealthBy, type HookConfig, type Program, SLOTS } from '../contract/service.js'
import { endpointsOf } from '../release/listen.js'
import { programPath } from '../release/places.js'
import { shellCommand } from '../shell-quote.js'

/**
 * The settings a release is activated with, as plans show them: `name=value` each. Waits are in hundredths of a second;
 * the limits of hooks and of single probes are in seconds.
 */
export function settingsOf({ service, ports }: Manifest): string[] {
  const keep = `keep=${service.keep}`
  if (service.kind === 'site') return [keep]
  return [
    keep,
    ...endpointSettings(service, ports),
    `drain=${hundredths(service.drainMs)}`,
    ...service.before.map((hook) => `before=${hookText(hook)}`),
    ...service.after.map((hook) => `after=${hookText(hook)}`),
    ...healthSettings(service.health),
    `watch=${hundredths(service.watchMs)}`,
  ]
}

function endpointSettings({ name, listen }: Program, ports: Ports | null): string[] {
  if (!listen) return []
  const endpoints = endpointsOf(name, listen, ports)
  return SLOTS.map((slot) => {
    const endpoint = endpoints[slot]
    if ('unix' in endpoint) return `unix_${slot}=${endpoint.unix}`
    return endpoint.at === undefined
      ? `port_${slot}=${endpoint.tcp}`
      : `network_${slot}=${endpoint.at[0]}:${endpoint.tcp}`
  })
}

/** `SECONDS yes|no COMMAND`: whether it can not be undone; another package is no change of it. */
function hookText({ run: [program = '', ...args], timeoutMs, irreversible }: HookConfig): string {
  const command = shellCommand([programPath('', program), ...args])
  return `${timeoutMs / 1000} ${irreversible ? 'yes' : 'no'} ${command}`
}

function healthSettings(health: Health): string[] {
  return [
    ...(health.by === undefined ? [] : [`health_by=${healthByText(health.by)}`]),
    `health_path=${health.path}`,
    `health_status=${health.status?.join(' ') ?? ''}`,
    `health_timeout=${hundredths(health.timeoutMs)}`,
    `health_interval=${health.intervalMs / 1000}`,
    `health_attempt=${health.attemptMs / 1000}`,
    `health_successes=${health.successes}`,
    `health_settle=${hundredths(health.settleMs)}`,
  ]
}

/** Another package is no change of it. */
function healthByText(by: HealthBy): string {
  if ('service' in by) return `${by.protocol} ${by.service}`.trimEnd()
  if ('protocol' in by) return by.protocol
  const [program = '', ...args] = by.run
  return shellCommand([programPath('', program), ...args])
}

function hundredths(ms: number): number {
  return ms / 10
}
