import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import { hasLocalNix, localNix, type NixRunner, remoteNix } from '../build/nix-runner.js'
import type { Config, HostConfig } from '../config/resolved.js'
import type { HashFixer } from '../hashes/fix.js'
import { type Connection, connect } from '../host/connection.js'
import type { Report } from '../host/report.js'
import { report } from '../host/verbs.js'
import { type HostPlan, planHost } from '../plan/plan.js'
import type { Terminal } from '../ui/terminal.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { buildServices, type Prepared } from './prepare.js'
import type { Selection } from './selection.js'
import { type Settled, settle } from './settle.js'
import { shipEarly } from './ship.js'
import { sendSource } from './source.js'
import { whoAmI } from './who.js'

/** How packages are built for this run. */
export interface BuildOptions {
  /** Where; undefined: as the config says, else here if there is Nix. */
  where: 'local' | 'host' | undefined
  overrides: Record<string, string>
  /** Whether what was just built may be copied before the plan is known: a deploy will need it anyway. */
  shipEarly: boolean
  /** Builds again after a wrong hash was put right. Default: it is an error. */
  rebuild?: HashFixer
}

/** A host that is connected, with what would happen there. */
export interface Session {
  host: HostConfig
  connection: Connection
  report: Report
  prepared: Prepared[]
  /** Whether the new packages are on the host already. */
  shipped: boolean
  plan: HostPlan
}

export interface Sessions {
  ready: Session[]
  failures: { host: string; error: Error }[]
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
  const rebuild: HashFixer = options.rebuild ?? ((work) => work())
  const buildHere = lazily(() => {
    const nix: NixRunner = localNix(config.root)
    const site = { nix, overrides: options.overrides }
    return rebuild(() => buildServices(site, config.root, selection.services, terminal))
  })
  const openSession = async (host: HostConfig, building: Promise<Settled<Prepared[]>> | undefined) => {
    const connecting = connect(host)
    const connection = await unlessInterrupted(signal, connecting).catch((error) => {
      // A login that comes about after all would keep the program from ending.
      connecting.then(({ close }) => close()).catch(() => undefined)
      throw error
    })
    try {
      const reporting = settle(report(connection))
      const built = building
        ? unwrap(await unlessInterrupted(signal, building))
        : await rebuild(() => buildThere(config, selection, host, connection, options, terminal))
      const prepared = built.filter((item) => item.built.service.hosts.includes(host.name))
      const shipping = building && options.shipEarly ? shipEarly(connection, prepared) : undefined
      const current = unwrap(await unlessInterrupted(signal, reporting))
      const shipped = building ? ((await shipping) ?? false) : true
      if (signal.aborted) throw interrupted()
      return { host, connection, report: current, prepared, shipped, plan: replan(host, prepared, current) }
    } catch (error) {
      connection.close()
      throw error
    }
  }
  const opened = selection.hosts.map(async (host) => {
    const there = buildsThere(host, options)
    const building = there ? undefined : settle(buildHere())
    return settle(limit(() => openSession(host, building)))
  })
  return collect(selection.hosts, await Promise.all(opened))
}

/** The plan of a host against a (newer) report. */
export function replan(host: HostConfig, prepared: readonly Prepared[], current: Report): HostPlan {
  const built = prepared.map((item) => item.built)
  return planHost(host.name, built, current, whoAmI())
}

function collect(hosts: HostConfig[], results: Settled<Session>[]): Sessions {
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

function buildsThere(host: HostConfig, options: BuildOptions): boolean {
  const where = options.where ?? host.build
  return where ? where === 'host' : !hasLocalNix()
}

async function buildThere(
  config: Config,
  selection: Selection,
  host: HostConfig,
  connection: Connection,
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

function unwrap<T>(result: Settled<T>): T {
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
