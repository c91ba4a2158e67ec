import type { Config, HostConfig, ServiceConfig } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { usageError } from '../errors.js'

/** What a plan or deploy is about. */
export interface Selection {
  services: ServiceConfig[]
  hosts: HostConfig[]
}

/**
 * The services and hosts that arguments name; everything where they name nothing.
 * @throws SlipwayError for a name the config doesn't have.
 */
export function select(
  config: Config,
  serviceNames: readonly string[],
  hostNames: readonly string[],
): Selection {
  const known = (kind: string, name: string, names: string[]) => {
    if (names.includes(name)) return
    const guess = didYouMean(name, names)
    throw usageError({
      what: `the config has no ${kind} "${name}"`,
      next: guess ? `Did you mean "${guess}"?` : `It has: ${names.join(', ') || 'none'}.`,
    })
  }
  for (const name of serviceNames)
    known(
      'service',
      name,
      config.services.map((service) => service.name),
    )
  for (const name of hostNames) known('host', name, Object.keys(config.hosts))
  const services = config.services
    .filter(({ name }) => serviceNames.length === 0 || serviceNames.includes(name))
    .filter(({ hosts }) => hostNames.length === 0 || hosts.some((host) => hostNames.includes(host)))
  const absent = serviceNames.find((name) => !services.some((service) => service.name === name))
  if (absent !== undefined || (services.length === 0 && hostNames.length > 0)) {
    throw usageError({
      what: `${absent === undefined ? 'no service is' : `${absent} is not`} on ${hostNames.join(', ')}`,
      next: 'See `hosts` of the services in the config.',
    })
  }
  const wanted = new Set(services.flatMap(({ hosts }) => hosts))
  const hosts = Object.values(config.hosts).filter(
    ({ name }) => wanted.has(name) && (hostNames.length === 0 || hostNames.includes(name)),
  )
  return { services, hosts }
}
