import pLimit from 'p-limit'
import type { Config, HostConfig } from '../config/resolved.js'
import type { Adopts, SystemMode } from '../contract/activation.js'
import type { ReadCache } from '../contract/cache.js'
import type { Report } from '../contract/report.js'
import type { HashFixer } from '../nix/hashes/fix.js'
import { onceAdopted } from '../plan/adopted.js'
import { type HostPlan, planHost } from '../plan/plan.js'
import type { Project } from '../plan/project.js'
import { isUnprivileged } from '../release/privileges.js'
import type { Login } from '../remote/login.js'
import { NotSetUp } from '../remote/login-errors.js'
import { sshTarget } from '../remote/ssh-target.js'
import { type SecretValues, withSecrets } from '../secrets/resolve.js'
import { type Building, type BuildOptions, type Builds, beginBuilds } from './builds.js'
import { fetchLacking, whenceOf } from './cache/fetch.js'
import type { Engine } from './engine.js'
import { secretVersions } from './host-secrets.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { loginTo } from './login.js'
import type { AllPrepared, Outputs, Wanted } from './prepare.js'
import { touchedServices, type UrlCheck, watchUrls } from './public-urls.js'
import { reportOf } from './report.js'
import { collect, type HostFailure } from './result.js'
import { sameSource } from './same-source.js'
import type { Selection } from './selection.js'
import { type Settled, settle } from './settle.js'
import { bringAgent } from './setup.js'
import { ALL_SHIPPED, type Shipped, shipEarly } from './ship.js'
import { shippedBefore } from './shipped-before.js'
import { openSpareLogin, type SpareLogin } from './spare-login.js'
import { withOwnAgent } from './upgrade.js'
import { whoAmI } from './who.js'

/** How hosts are planned for. */
export interface SessionOptions extends BuildOptions {
  /**
   * Whether this is a deploy, not only a plan: what was just built may then be copied before the plan is known,
   * and public URLs are asked how they do before anything changes.
   */
  deploying: boolean
  /** How systems are to be activated. */
  mode: SystemMode
  /** The values of the services' secrets. */
  secrets: SecretValues
  /** Who deploys. */
  project: Project
  /** Whether what is another project's may be replaced. */
  takeOver: boolean
  /** What of the host's services take over, by service; absent: nothing. */
  adopts?: Readonly<Record<string, Adopts>> | undefined
  /** What hosts may fetch from. */
  caches: readonly ReadCache[]
  /** Builds again after a wrong hash was put right. Default: it is an error. */
  rebuild?: HashFixer
}

/** What plans depend on beside builds and reports. */
export interface PlanOptions
  extends Pick<SessionOptions, 'mode' | 'secrets' | 'project' | 'takeOver' | 'adopts'> {
  /** Commits since which nothing but the config has changed here; undefined: that was not looked at. */
  sameSource?: ReadonlySet<string> | undefined
}

/** A host that is logged in to, with what would happen there. */
export interface Session {
  host: HostConfig
  login: Login
  report: Report
  prepared: AllPrepared
  /** What of the new packages is on the host already. */
  shipped: Shipped | Promise<Shipped>
  plan: HostPlan
  /** A login that was made ahead, where something is sure to be activated. */
  spare: SpareLogin | undefined
  /** What the public URLs of its services answered before anything changed. */
  urls: UrlCheck | undefined
}

export interface Sessions {
  ready: Session[]
  failures: HostFailure[]
}

/** Logs in to hosts while packages build, then plans. A host that fails doesn't stop the others. */
export async function openSessions(
  engine: Engine,
  config: Config,
  selection: Selection,
  options: SessionOptions,
): Promise<Sessions> {
  const limit = pLimit(config.parallel)
  const builds = beginBuilds(engine, config, selection, options, options.rebuild ?? ((work) => work()))
  const results = await Promise.all(
    selection.hosts.map(async (host) => ({
      host,
      result: await settle(limit(() => openSession(engine, config, selection, host, builds, options))),
    })),
  )
  const { values, failures } = collect(results)
  return { ready: values, failures }
}

export function closeSessions(sessions: readonly Session[]): void {
  for (const { login, spare, urls } of sessions) {
    login.close()
    spare?.close()
    urls?.abandon()
  }
}

async function openSession(
  engine: Engine,
  config: Config,
  selection: Selection,
  host: HostConfig,
  builds: Builds,
  options: SessionOptions,
): Promise<Session> {
  const { signal } = engine
  // The login takes longest, so it comes first.
  const opening = loginTo(engine, host)
  const building = builds.here(host)
  const allBuilt = building && settle(building.all)
  const own = selectionOf(selection, host)
  const sparing = building && options.deploying ? spareFor(engine, host, building, own) : undefined
  const opened = await opening.catch(async (error) => {
    if (!(error instanceof NotSetUp) || !options.deploying || own.services.length > 0) throw error
    await bringAgent(engine, host, options.overrides)
    return loginTo(engine, host)
  })
  const login = options.deploying ? await withOwnAgent(engine, host, opened) : opened
  try {
    const reporting = settle(reportFor(login, own))
    const shipping =
      building && options.deploying
        ? shipOutputs(engine, login, building, host, own, reporting.then(heldBy), options.caches)
        : undefined
    const built = allBuilt
      ? unwrap(await unlessInterrupted(signal, allBuilt))
      : await builds.there(login, host, own)
    const prepared = preparedOf(built, own)
    const report = unwrap(await unlessInterrupted(signal, reporting))
    const shipped = building ? (shipping ?? new Set<string>()) : ALL_SHIPPED
    if (signal.aborted) throw interrupted()
    // What replaces an input may be why a package is another.
    const looks = !options.deploying && Object.keys(options.overrides).length === 0
    const same = looks ? await sameSource(config, prepared, report) : undefined
    const planned = planAgain(host, prepared, report, { ...options, sameSource: same })
    const looked = building && !options.deploying && report.host.key === null
    const whence = looked ? await whenceOf(engine, login, prepared, options.caches) : undefined
    const plan = whence === undefined ? planned : { ...planned, whence }
    const urls = options.deploying ? watchUrls(touchedServices(plan), config.guard.urlMs) : undefined
    const spare = await sparing
    return { host, login, spare, report, prepared, shipped, plan, urls }
  } catch (error) {
    login.close()
    void sparing?.then((spare) => spare?.close())
    throw error
  }
}

/**
 * Begins to log in for the confirmation as soon as it is known that there will be one: what was built is new to the host.
 * That shows less than a login that is made later, so it is for those who can't change who gets in.
 */
async function spareFor(
  engine: Engine,
  host: HostConfig,
  { outputs }: Building,
  own: Wanted,
): Promise<SpareLogin | undefined> {
  if (own.systems.length > 0 || !own.services.every(isUnprivileged)) return undefined
  const [paths, { destination }] = await Promise.all([pathsOf(outputs, own), sshTarget(host)])
  const before = shippedBefore(destination)
  return paths.every((path) => before.has(path)) ? undefined : openSpareLogin(engine, host)
}

async function pathsOf(outputs: Promise<Outputs>, own: Wanted): Promise<string[]> {
  const { services, systems } = await outputs
  return [
    ...services.flatMap(({ service, path }) =>
      own.services.some(({ name }) => name === service.name) ? [path] : [],
    ),
    ...systems.flatMap(({ system, path }) => (own.systems.includes(system) ? [path] : [])),
  ]
}

/** Copies what is built while what it needs is still looked up. */
async function shipOutputs(
  engine: Engine,
  login: Login,
  { outputs }: Building,
  host: HostConfig,
  own: Wanted,
  held: Promise<ReadonlySet<string>>,
  caches: readonly ReadCache[],
): Promise<Shipped> {
  const closureOf = async (path: string) => (await (await outputs).closures).get(path)
  // Where to look for sshd when it is to be confirmed: ssh is asked while the build goes on.
  void settle(engine.reach.address(host))
  const paths = await pathsOf(outputs, own)
  if (login.agent.hello.key === null) await fetchLacking(engine, login, paths, closureOf, caches)
  return shipEarly(engine, login, paths, closureOf, host, held)
}

/** The store paths that the releases of a host hold which serve. */
function heldBy(report: Settled<Report>): ReadonlySet<string> {
  const services = report.ok ? report.value.services : []
  return new Set(services.flatMap(({ closure }) => closure.map(({ path }) => path)))
}

/** The plan of a host against a (newer) report. */
export function planAgain(
  host: HostConfig,
  prepared: AllPrepared,
  report: Report,
  { mode, secrets, project, takeOver, adopts = {}, sameSource }: PlanOptions,
): HostPlan {
  const services = prepared.services.map((item) => item.built)
  const secret = withSecrets(services.map(({ service }) => service))
  const versions = secretVersions(host, secret, secrets, report)
  return planHost(
    host.name,
    { services, systems: prepared.systems, mode, project, takeOver, secrets: versions, sameSource },
    onceAdopted(report, adopts),
    whoAmI(),
  )
}

/** What a host says of what is to be deployed to it. */
export function reportFor(login: Login, { services, systems }: Wanted): Promise<Report> {
  return reportOf(login, { systems, services, secretKeys: withSecrets(services).length > 0 })
}

function selectionOf(selection: Selection, host: HostConfig): Wanted {
  return {
    services: selection.services.filter(({ hosts }) => hosts.includes(host.name)),
    systems: selection.systems.filter((system) => system.host === host.name),
  }
}

function preparedOf(built: AllPrepared, { services, systems }: Wanted): AllPrepared {
  return {
    services: built.services.filter((item) => services.some(({ name }) => name === item.built.service.name)),
    systems: built.systems.filter((item) => systems.includes(item.system)),
  }
}

function unwrap<T>(result: Settled<T>): T {
  if (result.ok) return result.value
  throw result.error
}
