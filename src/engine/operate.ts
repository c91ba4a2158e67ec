import type { Config, HostConfig } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import type { ServiceReport } from '../contract/report.js'
import { usageError } from '../errors.js'
import type { Login } from '../remote/login.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHosts } from './login.js'
import { reportOf } from './report.js'
import type { ServiceOptions } from './restart.js'
import { collect, type HostFailure } from './result.js'
import { hostsFor } from './selection.js'
import { whoAmI } from './who.js'

/** What hosts gave where something was done to a service there. */
export interface Operated<T> {
  done: ({ host: string } & T)[]
  failures: HostFailure[]
}

/** Does the same to a service on each of its hosts, side by side. */
export async function operate<T>(
  engine: Engine,
  config: Config,
  { service, hosts }: ServiceOptions,
  work: (login: Login, host: HostConfig) => Promise<T>,
): Promise<Operated<T>> {
  const results = await onHosts(engine, hostsFor(config, hosts, service), async (login, host) => ({
    host: host.name,
    ...(await work(login, host)),
  }))
  const { values, failures } = collect(results)
  return { done: values, failures }
}

/** Takes the requests from a canary, and stops it. */
export function withdraw(
  engine: Engine,
  config: Config,
  options: ServiceOptions,
): Promise<Operated<{ withdrawn: number }>> {
  const params = { service: options.service, who: whoAmI() }
  return operate(engine, config, options, (login) => call(login, 'withdraw', params))
}

/** Closes a service for maintenance, or opens it again. */
export function maintenance(
  engine: Engine,
  config: Config,
  options: ServiceOptions & { on: boolean },
): Promise<Operated<object>> {
  const { service, on } = options
  return operate(engine, config, options, (login) => call(login, 'maintenance', { service, on }))
}

/** Stops a service until it is restarted or deployed. */
export function stop(engine: Engine, config: Config, options: ServiceOptions): Promise<Operated<object>> {
  const params = { service: options.service, who: whoAmI() }
  return operate(engine, config, options, (login) => call(login, 'stop', params))
}

/** A service that a host has, as people tell it from others. */
export interface Found {
  host: string
  service: string
  project: string | null
  /** Who deployed the release that serves; null where none does, or nobody knows. */
  by: string | null
  urls: string[]
}

/** Services that a host reports, as people tell them from others. */
export function foundOn(host: HostConfig, services: readonly ServiceReport[]): Found[] {
  return services.map(({ name, manifest }) => {
    const { project = null, by = null } = manifest ?? {}
    const urls = manifest?.service.routes.map(({ url }) => url) ?? []
    return { host: host.name, service: name, project, by, urls }
  })
}

/**
 * Where a service is that is to be removed.
 * @throws SlipwayError where no host that answers has it.
 */
export async function findService(
  engine: Engine,
  config: Config,
  { service, hosts }: ServiceOptions,
): Promise<{ found: Found[]; failures: HostFailure[] }> {
  const names = new Set<string>()
  const results = await onHosts(engine, hostsFor(config, hosts, service), async (login, host) => {
    const { services } = await reportOf(login)
    for (const { name } of services) names.add(name)
    return foundOn(
      host,
      services.filter(({ name }) => name === service),
    )
  })
  const { values, failures } = collect(results)
  const found = values.flat()
  if (found.length > 0 || failures.length > 0) return { found, failures }
  const guess = didYouMean(service, [...names])
  throw usageError({
    what: `no host has a service "${service}"`,
    still: 'Nothing was removed.',
    next: guess ? `Did you mean "${guess}"?` : `There are: ${[...names].join(', ') || 'none'}.`,
  })
}

/** Takes a service off its hosts; with `purge` its state and its user too. */
export function remove(
  engine: Engine,
  config: Config,
  options: ServiceOptions & { purge: boolean },
): Promise<Operated<{ stateKept: boolean }>> {
  const { service, purge } = options
  return operate(engine, config, options, (login) => call(login, 'remove', { service, who: whoAmI(), purge }))
}
