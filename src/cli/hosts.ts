import type { Config, HostConfig } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { type Settled, settle } from '../engine/settle.js'
import { usageError } from '../errors.js'
import { type Connection, connect } from '../remote/connection.js'

/**
 * A host of the config.
 * @throws SlipwayError with a suggestion where there is none of that name.
 */
export function hostOf(config: Config, name: string): HostConfig {
  const host = config.hosts[name]
  if (host) return host
  const names = Object.keys(config.hosts)
  const guess = didYouMean(name, names)
  throw usageError({
    what: `the config has no host "${name}"`,
    next: guess ? `Did you mean "${guess}"?` : `It has: ${names.join(', ') || 'none'}.`,
  })
}

/** The hosts that flags and a service mean: named ones, else the service's, else all. */
export function hostsFor(config: Config, names: readonly string[] = [], service?: string): HostConfig[] {
  if (names.length > 0) return names.map((name) => hostOf(config, name))
  const system = config.systems.find(({ name }) => name === service)
  const own = system ? [system.host] : config.services.find(({ name }) => name === service)?.hosts
  return (own ?? Object.keys(config.hosts)).map((name) => hostOf(config, name))
}

/**
 * The service a command is about: the one named, else the only one.
 * @throws SlipwayError where there are several, or none of that name.
 */
export function serviceOf(config: Config, name: string | undefined): string {
  return oneOf(config.services, name)
}

/** The service or system a command is about: see {@link serviceOf}. */
export function itemOf(config: Config, name: string | undefined): string {
  return oneOf([...config.services, ...config.systems], name)
}

function oneOf(items: readonly { name: string }[], name: string | undefined): string {
  const names = items.map((item) => item.name)
  const [only, ...others] = names
  if (name === undefined && only !== undefined && others.length === 0) return only
  if (name === undefined) {
    throw usageError({ what: 'the config has several services', next: `Name one: ${names.join(', ')}.` })
  }
  if (names.includes(name)) return name
  const guess = didYouMean(name, names)
  throw usageError({
    what: `the config has no service "${name}"`,
    next: guess ? `Did you mean "${guess}"?` : `It has: ${names.join(', ') || 'none'}.`,
  })
}

/** Does something on hosts side by side, each over a login of its own. */
export async function onHosts<T>(
  hosts: readonly HostConfig[],
  work: (connection: Connection, host: HostConfig) => Promise<T>,
): Promise<{ host: HostConfig; result: Settled<T> }[]> {
  return Promise.all(
    hosts.map(async (host) => ({
      host,
      result: await settle(
        (async () => {
          const connection = await connect(host)
          try {
            return await work(connection, host)
          } finally {
            connection.close()
          }
        })(),
      ),
    })),
  )
}
