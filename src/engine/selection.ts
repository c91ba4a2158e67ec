import type { Config, HostConfig, ServiceConfig, SystemConfig } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { type SlipwayError, usageError } from '../errors.js'

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

/**
 * A host of the config.
 * @throws SlipwayError with a suggestion where there is none of that name.
 */
export function hostOf(config: Pick<Config, 'hosts'>, name: string): HostConfig {
  const host = config.hosts[name]
  if (host) return host
  throw unknown('host', name, Object.keys(config.hosts))
}

/** The hosts that names and a service, or system, mean: named ones, else its own, else all. */
export function hostsFor(config: Config, names: readonly string[], item?: string): HostConfig[] {
  if (names.length > 0) return names.map((name) => hostOf(config, name))
  const system = config.systems.find(({ name }) => name === item)
  const own = system ? [system.host] : config.services.find(({ name }) => name === item)?.hosts
  return (own ?? Object.keys(config.hosts)).map((name) => hostOf(config, name))
}

/**
 * The service something is about: the one named, else the only one.
 * @throws SlipwayError where there are several, or none of that name.
 */
export function serviceOf(config: Pick<Config, 'services'>, name: string | undefined): string {
  return oneOf(config.services, name)
}

/** The service or system something is about: see {@link serviceOf}. */
export function itemOf(config: Pick<Config, 'services' | 'systems'>, name: string | undefined): string {
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
  throw unknown('service', name, names)
}

function known(kind: string, name: string, all: readonly { name: string }[]): void {
  const names = all.map((item) => item.name)
  if (!names.includes(name)) throw unknown(kind, name, names)
}

function unknown(kind: string, name: string, names: readonly string[]): SlipwayError {
  const guess = didYouMean(name, names)
  return usageError({
    what: `the config has no ${kind} "${name}"`,
    next: guess ? `Did you mean "${guess}"?` : `It has: ${names.join(', ') || 'none'}.`,
  })
}
