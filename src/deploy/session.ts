import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import { hasLocalNix, localNix, type NixRunner, remoteNix } from '../build/nix-runner.js'
import type { Config, HostConfig, ServiceConfig } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { usageError } from '../errors.js'
import { type Connection, connect } from '../host/connection.js'
import type { Report } from '../host/report.js'
import { report } from '../host/verbs.js'
import { type HostPlan, planHost } from '../plan/plan.js'
import type { Terminal } from '../ui/terminal.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { buildServices, type Prepared } from './prepare.js'
import { settle } from './settle.js'
import { sendSource } from './source.js'
import { whoAmI } from './who.js'

/** What a plan or deploy is about. */
export interface Selection {
  services: ServiceConfig[]
  hosts: HostConfig[]
}

/** How packages are built for this run. */
export interface BuildOptions {
  /** Where; undefined: as the config says, else here if there is Nix. */
  where: 'local' | 'host' | undefined
  overrides: Record<string, string>
}

/** A host that is connected, with what would happen there. */
export interface Session {
  host: HostConfig
  connection: Connection
  report: Report
  prepared: Prepared[]
  /** Whether the packages were built on the host itself. */
  builtThere: boolean
  plan: HostPlan
}

export interface Sessions {
  ready: Session[]
  failures: { host: string; error: Error }[]
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
  if (services.length === 0 && config.services.length > 0) {
    throw usageError({
      what: `${serviceNames.join(', ') || 'no service'} is not on ${hostNames.join(', ')}`,
      next: 'See `hosts` of the services in the config.',
    })
  }
  const wanted = new Set(services.flatMap(({ hosts }) => hosts))
  const hosts = Object.values(config.hosts).filter(
    ({ name }) => wanted.has(name) && (hostNames.length === 0 || hostNames.includes(name)),
  )
  return { services, hosts }
}

/** Connects to hosts while packages build, then plans. A host that fails doesn't stop the others. */
export async function openSessions(
  config: Config,
  selection: Selection,
  options: BuildOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Sessions> {
  const limit = pLimit(config.parallel)
  const connecting = selection.hosts.map((host) => settle(limit(() => connectAndReport(host))))
  const local = lazily(() => buildHere(config, selection, options, terminal))
  const results = await Promise.all(
    selection.hosts.map((host, index) =>
      settle(
        (async () => {
          const there = await buildsThere(host, options)
          const building = there ? undefined : settle(local())
          const connected = await (connecting[index] as (typeof connecting)[number])
          if (!connected.ok) throw connected.error
          try {
            const built = building ? unwrap(await unlessInterrupted(signal, building)) : undefined
            const own =
              built ?? (await buildThere(config, selection, host, connected.value, options, terminal))
            if (signal.aborted) throw interrupted()
            const prepared = own.filter(({ built: { service } }) => service.hosts.includes(host.name))
            return {
              host,
              ...connected.value,
              prepared,
              builtThere: there,
              plan: replan(host, prepared, connected.value.report),
            }
          } catch (error) {
            connected.value.connection.close()
            throw error
          }
        })(),
      ),
    ),
  )
  return collect(selection.hosts, results)
}

/** The plan of a host against a (newer) report. */
export function replan(host: HostConfig, prepared: readonly Prepared[], current: Report): HostPlan {
  const built = prepared.map((item) => item.built)
  return planHost(host.name, built, current, whoAmI())
}

function collect(
  hosts: HostConfig[],
  results: ({ ok: true; value: Session } | { ok: false; error: unknown })[],
): Sessions {
  const sessions: Sessions = { ready: [], failures: [] }
  for (const [index, result] of results.entries()) {
    if (result.ok) sessions.ready.push(result.value)
    else {
      const error = result.error instanceof Error ? result.error : new Error(String(result.error))
      sessions.failures.push({ host: hosts[index]?.name ?? '', error })
    }
  }
  return sessions
}

async function connectAndReport(host: HostConfig): Promise<{ connection: Connection; report: Report }> {
  const connection = await connect(host)
  try {
    return { connection, report: await report(connection) }
  } catch (error) {
    connection.close()
    throw error
  }
}

async function buildsThere(host: HostConfig, options: BuildOptions): Promise<boolean> {
  const where = options.where ?? host.build
  return where ? where === 'host' : !(await localNixFound())
}

const localNixFound = lazily(hasLocalNix)

function buildHere(
  config: Config,
  selection: Selection,
  options: BuildOptions,
  terminal: Terminal,
): Promise<Prepared[]> {
  const nix: NixRunner = localNix(config.root)
  return buildServices({ nix, overrides: options.overrides }, config.root, selection.services, terminal)
}

async function buildThere(
  config: Config,
  selection: Selection,
  host: HostConfig,
  { connection }: { connection: Connection },
  options: BuildOptions,
  terminal: Terminal,
): Promise<Prepared[]> {
  const services = selection.services.filter((service) => service.hosts.includes(host.name))
  terminal.line(`${host.name}: sending the source, to build there`)
  const source = await sendSource(connection, randomBytes(6).toString('hex'), config.root, options.overrides)
  try {
    const site = { nix: remoteNix(connection, source.folder), overrides: source.overrides }
    return await buildServices(site, config.root, services, terminal)
  } finally {
    await source.remove()
  }
}

function unwrap<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
  if (result.ok) return result.value
  throw result.error
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}
