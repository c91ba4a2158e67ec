import { createHmac, randomBytes } from 'node:crypto'
import type { HostConfig, ProgramConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import type { HostPlan } from '../plan/plan.js'
import { versionName } from '../release/credentials.js'
import type { SecretValues } from '../secrets/resolve.js'
import type { MissingSecrets } from './activation/activation.js'

/** How much of the digest a version keeps: far more than two values could share by chance. */
const VERSION_HEX = 32
const KEY_BYTES = 32

/** What becomes the keys of hosts that have none yet: of this run, and never told. */
const FRESH = randomBytes(KEY_BYTES)

/** One secret as it is, or would be, on a host. */
export interface HostSecret {
  version: string
  /** undefined: the host alone has it. */
  value: string | undefined
  /** Whether the host has this version already. */
  stored: boolean
}

/** A service's secrets on a host. */
export interface ServiceSecrets {
  /** What versions are made with, in hexadecimal digits. */
  key: string
  /** By name; without those that the host should keep, but does not. */
  secrets: Record<string, HostSecret>
}

/**
 * The version of a value: equal values have equal versions on a host, and without the key a version tells nothing of
 * its value, however easy that is to guess.
 */
export function versionOf(key: string, name: string, value: string): string {
  const text = `${name}\0${value}`
  return createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('hex').slice(0, VERSION_HEX)
}

/** What a service's secrets are on a host, from their values and what the host has. */
export function secretsOn(
  host: Pick<HostConfig, 'name'>,
  { name: service, secrets }: Pick<ProgramConfig, 'name' | 'secrets'>,
  values: SecretValues,
  report: Pick<Report, 'host' | 'secrets'>,
): ServiceSecrets {
  const there = report.secrets.find((one) => one.service === service)
  const key = there?.key ?? freshKey(host.name, service)
  const found: ServiceSecrets = { key, secrets: {} }
  for (const { name, from } of secrets) {
    const kept = there?.kept[name]
    if (from === 'host') {
      if (kept !== undefined) found.secrets[name] = { version: kept, value: undefined, stored: true }
      continue
    }
    const value = values[service]?.[name]
    if (value === undefined) continue
    const version = versionOf(key, name, value)
    // What lies there in either form need not be sent again.
    const names = [true, false].map((encrypted) => versionName(version, encrypted))
    const stored = names.find((one) => there?.versions[name]?.includes(one))
    found.secrets[name] = {
      version: stored ?? versionName(version, report.host.encrypts),
      value,
      stored: stored !== undefined,
    }
  }
  return found
}

function freshKey(host: string, service: string): string {
  return createHmac('sha256', FRESH).update(`${host}\0${service}`).digest('hex')
}

/** The versions of all services' secrets on a host, by service and name. */
export function secretVersions(
  host: Pick<HostConfig, 'name'>,
  services: readonly ProgramConfig[],
  values: SecretValues,
  report: Pick<Report, 'host' | 'secrets'>,
): Record<string, Record<string, string>> {
  return Object.fromEntries(
    services.map((service) => {
      const { secrets } = secretsOn(host, service, values, report)
      return [
        service.name,
        Object.fromEntries(Object.entries(secrets).map(([name, { version }]) => [name, version])),
      ]
    }),
  )
}

/** The values that a host lacks for its plan. */
export function missingSecrets(
  host: Pick<HostConfig, 'name'>,
  plan: Pick<HostPlan, 'services'>,
  values: SecretValues,
  report: Pick<Report, 'host' | 'secrets'>,
): MissingSecrets {
  const missing: MissingSecrets = { values: [], keys: [] }
  for (const { config, status } of plan.services) {
    if (config.kind !== 'service' || status === 'unchanged') continue
    const { key, secrets } = secretsOn(host, config, values, report)
    const lacking = Object.entries(secrets).filter(([, { stored }]) => !stored)
    if (lacking.length === 0) continue
    missing.keys.push({ service: config.name, key })
    for (const [name, { version, value = '' }] of lacking) {
      const encoded = Buffer.from(value).toString('base64')
      missing.values.push({ service: config.name, name, version, value: encoded })
    }
  }
  return missing
}
