import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import type { Terminal } from '../cli/text/terminal.js'
import type { Config, HostConfig } from '../config/resolved.js'
import type { HashFixer } from '../init/hashes/fix.js'
import { hasLocalNix, localNix, type NixRunner, remoteNix } from '../nix/nix-runner.js'
import { type HostPlan, planHost } from '../plan/plan.js'
import type { SystemMode } from '../contract/activation.js'
import { type Connection, connect } from '../remote/connection.js'
import type { Report } from '../contract/report.js'
import { report } from '../remote/verbs.js'
import { type SecretValues, withSecrets } from '../secrets/resolve.js'
import { secretVersions } from './host-secrets.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { type AllPrepared, buildAll, type Wanted } from './prepare.js'
import { type UrlCheck, watchUrls } from './public-urls.js'
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
  /**
   * Whether this is a deploy, not only a plan: what was just built may then be copied before the plan is known,
   * and public URLs are asked how they do before anything changes.
   */
  deploying: boolean
  /** How systems are to be activated. */
  mode: SystemMode
  /** The values of the services' secrets. */
  secrets: SecretValues
  /** Builds again after a wrong hash was put right. Default: it is an error. */
  rebuild?: HashFixer
}

/** A host that is connected, with what would happen there. */
export interface Session {
  host: HostConfig
  connection: Connection
  report: Report
  prepared: AllPrepared
  /** Whether the new packages are on the host already. */
  shipped: boolean
  plan: HostPlan
  /** What the public URLs of its services answered before anything changed. */
  urls: UrlCheck | undefined
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
    return rebuild(() => buildAll(site, config.root, selection, terminal))
  })
  const openSession = async (host: HostConfig) => {
    // The login takes longest, so it comes first.
    const connecting = connect(host)
    const building = buildsThere(host, options) ? undefined : settle(buildHere())
    const own = selectionOf(selection, host)
    const urls = options.deploying ? watchUrls(own.services, config.guard.urlMs) : undefined
    const connection = await unlessInterrupted(signal, connecting).catch((error) => {
      // A login that comes about after all would keep the program from ending.
      connecting.then(({ close }) => close()).catch(() => undefined)
      throw error
    })
    try {
      const reporting = settle(reportFor(connection, own))
      const built = building
        ? unwrap(await unlessInterrupted(signal, building))
        : await rebuild(() => buildThere(config, own, host, connection, options, terminal))
      const prepared = preparedOf(built, own)
      const shipping = building && options.deploying ? shipEarly(connection, prepared, host) : undefined
      const current = unwrap(await unlessInterrupted(signal, reporting))
      const shipped = building ? ((await shipping) ?? false) : true
      if (signal.aborted) throw interrupted()
      const plan = replan(host, prepared, current, options)
      return { host, connection, report: current, prepared, shipped, plan, urls }
    } catch (error) {
      connection.close()
      throw error
    }
  }
  const opened = selection.hosts.map((host) => settle(limit(() => openSession(host))))
  return collect(selection.hosts, await Promise.all(opened))
}

/** The plan of a host against a (newer) report. */
export function replan(
  host: HostConfig,
  prepared: AllPrepared,
  current: Report,
  { mode, secrets }: Pick<BuildOptions, 'mode' | 'secrets'>,
): HostPlan {
  const services = prepared.services.map((item) => item.built)
  const apps = withSecrets(services.map(({ service }) => service))
  const versions = secretVersions(host, apps, secrets, current)
  return planHost(
    host.name,
    { services, systems: prepared.systems, mode, secrets: versions },
    current,
    whoAmI(),
  )
}

/** What a host says of what is to be deployed to it. */
export function reportFor(connection: Connection, { services, systems }: Wanted): Promise<Report> {
  return report(connection, { systems, with: withSecrets(services).length > 0 ? 'secrets' : undefined })
}

function selectionOf(selection: Selection, host: HostConfig): Wanted {
  return {
    services: selection.services.filter(({ hosts }) => hosts.includes(host.name)),
    systems: selection.systems.filter((system) => system.host === host.name),
  }
}

function preparedOf(built: AllPrepared, { services, systems }: Wanted): AllPrepared {
  return {
    services: built.services.filter((item) => services.includes(item.built.service)),
    systems: built.systems.filter((item) => systems.includes(item.system)),
  }
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
  wanted: Wanted,
  host: HostConfig,
  connection: Connection,
  options: BuildOptions,
  terminal: Terminal,
): Promise<AllPrepared> {
  terminal.line(`${host.name}: sending the source, to build there`)
  const source = await sendSource(connection, randomBytes(6).toString('hex'), config.root, options.overrides)
  try {
    const site = { nix: remoteNix(connection, source.folder), overrides: source.overrides }
    return await buildAll(site, config.root, wanted, terminal)
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
