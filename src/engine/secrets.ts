import type { Config, ProgramConfig } from '../config/resolved.js'
import type { Report } from '../contract/report.js'
import { type SecretsDocument, valueFor } from '../secrets/document.js'
import { type SecretValues, withSecrets } from '../secrets/resolve.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { secretsOn } from './host-secrets.js'
import { onHosts } from './login.js'
import { type Operated, operate } from './operate.js'
import { reportOf } from './report.js'
import type { ServiceOptions } from './restart.js'
import { collect, type HostFailure } from './result.js'
import { hostsFor } from './selection.js'
import { whoAmI } from './who.js'

/** A secret of a service, on hosts. */
export interface SecretOptions extends ServiceOptions {
  name: string
}

/** What a host that was to keep a value had before. */
export interface KeptSecret {
  change: 'set' | 'changed' | 'none'
}

/** Puts a value on hosts alone. */
export function keepSecret(
  engine: Engine,
  config: Config,
  options: SecretOptions & { value: string },
): Promise<Operated<KeptSecret>> {
  const { service, name, value } = options
  return operate(engine, config, options, async (login, host) => {
    const report = await reportOf(login, { secretKeys: true })
    const secret = { name, from: 'file', as: 'env' } as const
    const values = { [service]: { [name]: value } }
    const { key, secrets } = secretsOn(host, { name: service, secrets: [secret] }, values, report)
    const version = secrets[name]?.version ?? ''
    const before = report.secrets.find((one) => one.service === service)?.kept[name]
    const encoded = Buffer.from(value).toString('base64')
    await call(login, 'keepSecret', { service, name, version, key, value: encoded, who: whoAmI() })
    return { change: before === version ? 'none' : before ? 'changed' : 'set' }
  })
}

/** Takes a value from hosts; what runs, and releases that refer to it, still have it. */
export function forgetSecret(
  engine: Engine,
  config: Config,
  options: SecretOptions,
): Promise<Operated<object>> {
  const { service, name } = options
  return operate(engine, config, options, (login) =>
    call(login, 'forgetSecret', { service, name, who: whoAmI() }),
  )
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
