import type { Config, HostConfig, ServiceConfig, SystemConfig } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { usageError } from '../errors.js'

/** What a plan or deploy is about. */
export interface Selection {
  services: ServiceConfig[]
  systems: SystemConfig[]
  hosts: HostConfig[]
}

/**
 * The services, systems and hosts that arguments name; everything where they name nothing.
 * @throws SlipwayError for a name the config doesn't have.
 */
export function select(config: Config, names: readonly string[], hostNames: readonly string[]): Selection {
  const everything = [...config.services, ...config.systems]
  for (const name of names) known('service', name, everything)
  for (const name of hostNames) known('host', name, Object.values(config.hosts))
  const named = ({ name }: { name: string }) => names.length === 0 || names.includes(name)
  const there = (host: string) => hostNames.length === 0 || hostNames.includes(host)
  const services = config.services.filter((service) => named(service) && service.hosts.some(there))
  const systems = config.systems.filter((system) => named(system) && there(system.host))
  const selected = [...services, ...systems]
  const absent = names.find((name) => !selected.some((item) => item.name === name))
  if (absent !== undefined || (selected.length === 0 && hostNames.length > 0)) {
    throw usageError({
      what: `${absent === undefined ? 'no service is' : `${absent} is not`} on ${hostNames.join(', ')}`,
      next: 'See `hosts` of the services in the config.',
    })
  }
  const wanted = new Set([...services.flatMap(({ hosts }) => hosts), ...systems.map(({ host }) => host)])
  const hosts = Object.values(config.hosts).filter(({ name }) => wanted.has(name) && there(name))
  return { services, systems, hosts }
}

function known(kind: string, name: string, all: readonly { name: string }[]): void {
  const names = all.map((item) => item.name)
  if (names.includes(name)) return
  const guess = didYouMean(name, names)
  throw usageError({
    what: `the config has no ${kind} "${name}"`,
    next: guess ? `Did you mean "${guess}"?` : `It has: ${names.join(', ') || 'none'}.`,
  })
}
