import type { Config, ProgramConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { type SecretsDocument, valueFor } from '../secrets/document.js'
import { type SecretValues, withSecrets } from '../secrets/resolve.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { secretsOn } from './host-secrets.js'
import { onHosts } from './login.js'
import { reportOf } from './report.js'
import { collect, type HostFailure } from './result.js'
import { hostsFor } from './selection.js'
import { whoAmI } from './who.js'

/** A secret of a service, on hosts. */
export interface SecretOptions {
  service: string
  name: string
  hosts: readonly string[]
}

/** What hosts that were to keep a value had before. */
export interface KeptSecrets {
  done: { host: string; change: 'set' | 'changed' | 'none' }[]
  failures: HostFailure[]
}

/** Puts a value on hosts alone. */
export async function keepSecret(
  engine: Engine,
  config: Config,
  { service, name, value, hosts }: SecretOptions & { value: string },
): Promise<KeptSecrets> {
  const results = await onHosts(engine, hostsFor(config, hosts, service), async (login, host) => {
    const report = await reportOf(login, { secretKeys: true })
    const secret = { name, from: 'file', as: 'env' } as const
    const values = { [service]: { [name]: value } }
    const { key, secrets } = secretsOn(host, { name: service, secrets: [secret] }, values, report)
    const version = secrets[name]?.version ?? ''
    const before = report.secrets.find((one) => one.service === service)?.kept[name]
    const encoded = Buffer.from(value).toString('base64')
    await call(login, 'keepSecret', { service, name, version, key, value: encoded, who: whoAmI() })
    const change = before === version ? 'none' : before ? 'changed' : 'set'
    return { host: host.name, change } as const
  })
  const { values, failures } = collect(results)
  return { done: values, failures }
}

/** Takes a value from hosts; what runs, and releases that refer to it, still have it. */
export async function forgetSecret(
  engine: Engine,
  config: Config,
  { service, name, hosts }: SecretOptions,
): Promise<{ done: string[]; failures: HostFailure[] }> {
  const results = await onHosts(engine, hostsFor(config, hosts, service), async (login, host) => {
    await call(login, 'forgetSecret', { service, name, who: whoAmI() })
    return host.name
  })
  const { values, failures } = collect(results)
  return { done: values, failures }
}

/** What a service that serves on a host runs with. */
export interface RunningSecret {
  host: string
  service: string
  name: string
  state:
    | { is: 'missing' | 'not-deployed' }
    /** `same`: as the value in the file; null: the host alone has it, or the file does not. */
    | { is: 'running'; release: number | null; same: boolean | null }
}

/** Asks hosts what their services run with, and compares it with the file's values by their versions. */
export async function runningSecrets(
  engine: Engine,
  config: Config,
  hosts: readonly string[],
  document: SecretsDocument,
): Promise<{ hosts: string[]; secrets: RunningSecret[]; failures: HostFailure[] }> {
  const services = withSecrets(config.services)
  const wanted = hostsFor(config, hosts)
  const results = await onHosts(engine, wanted, async (login, host) => {
    const report = await reportOf(login, { secretKeys: true })
    const own = services.filter((service) => service.hosts.includes(host.name))
    return own.flatMap((service) => {
      const there = secretsOn(host, service, fileValues(document, service), report)
      return service.secrets.map(({ name }) => {
        const state = stateOf(report, service.name, name, there.secrets[name]?.version)
        return { host: host.name, service: service.name, name, state }
      })
    })
  })
  const { values, failures } = collect(results)
  return { hosts: wanted.map(({ name }) => name), secrets: values.flat(), failures }
}

function fileValues(document: SecretsDocument, { name: service, secrets }: ProgramConfig): SecretValues {
  const values = secrets.flatMap(({ name, from }) => {
    const value = from === 'file' ? valueFor(document, service, name) : undefined
    return value === undefined ? [] : [[name, value] as const]
  })
  return { [service]: Object.fromEntries(values) }
}

function stateOf(
  report: Report,
  service: string,
  name: string,
  version: string | undefined,
): RunningSecret['state'] {
  const found = report.services.find((one) => one.name === service)
  const running = found?.manifest?.secrets[name]
  if (running === undefined) return { is: version === undefined ? 'missing' : 'not-deployed' }
  return {
    is: 'running',
    release: found?.current ?? null,
    same: version === undefined ? null : running === version,
  }
}
