import type { ServiceConfig } from '../config/resolved.js'
import type { SystemMode } from '../contract/activation.js'
import type { CacheHas, CacheProblem } from '../contract/cache.js'
import type { ClosurePath, Commit, Manifest, Ports } from '../contract/release.js'
import type { Report, ServiceReport } from '../contract/report.js'
import { unitsOf } from '../release/release-units.js'
import { type Change, changesBetween } from './changes.js'
import { exposure } from './exposed.js'
import { type HostProblem, hostProblems } from './findings.js'
import { adoptions } from './foreign.js'
import { manifestOf, needsPorts } from './manifest.js'
import { createPortPicker } from './ports.js'
import { type Claimants, ownerProblems, ownerWarnings, type Project } from './project.js'
import { hasServed } from './status.js'
import { type BuiltSystem, planSystem, type SystemPlan } from './systems.js'

/** What building a service's package gave. */
export interface BuiltService {
  service: ServiceConfig
  package: string
  /** The store paths of what its variables name. */
  envPackages?: Readonly<Record<string, string>>
  program: string | undefined
  closure: ClosurePath[]
  commit: Commit | null
  assets: string | null
  /** What people should know of it before it is deployed; absent: nothing. */
  warnings?: readonly string[]
}

/** All that was built for a host, and how its systems are to be activated. */
export interface BuiltForHost {
  services: readonly BuiltService[]
  systems: readonly BuiltSystem[]
  mode: SystemMode
  /** Who deploys. */
  project: Project
  /** Whether what is another project's may be replaced. */
  takeOver?: boolean | undefined
  /** The versions that services' secrets have there, by service and name. */
  secrets?: Record<string, Record<string, string>>
  /** Commits since which nothing but the config has changed here. */
  sameSource?: ReadonlySet<string> | undefined
}

/** What would happen to one service on one host. */
export interface ServicePlan {
  service: string
  /** `new`: no release serves that can be compared; `stopped`: nothing differs, but it isn't running. */
  status: 'new' | 'changed' | 'unchanged' | 'stopped'
  /** The release that would serve. */
  number: number
  /** The release that serves now. */
  from: number | null
  changes: Change[]
  warnings: string[]
  /** The release that would serve, as data. */
  manifest: Manifest
  /** Its units on this host, by file name. */
  units: string[]
  closure: ClosurePath[]
  config: ServiceConfig
}

/** What would happen on one host. */
export interface HostPlan {
  host: string
  problems: HostProblem[]
  systems: SystemPlan[]
  services: ServicePlan[]
  /** Services on the host that this config doesn't name; they stay as they are. */
  others: string[]
  /** Where the host would get the packages that it lacks; absent: from here, or nobody looked. */
  whence?: Whence
}

/** Where a host would get packages that it lacks. */
export interface Whence {
  caches: CacheHas[]
  /** What is sent from here. */
  here: { paths: number; bytes: number }
  /** What keeps caches from being of use. */
  problems: CacheProblem[]
}

/** What a deploy would do on a host. Pure. */
export function planHost(
  host: string,
  {
    services: built,
    systems,
    mode,
    project,
    takeOver = false,
    secrets = {},
    sameSource = new Set(),
  }: BuiltForHost,
  report: Report,
  by: string,
): HostPlan {
  const pickPorts = createPortPicker(report, built.flatMap(fixedPort))
  const services = built.map(({ service }) => service)
  const names = new Set(services.map(({ name }) => name))
  const asked = { project, takeOver }
  return {
    host,
    problems: [...hostProblems(host, report, services), ...ownerProblems(services, report, asked)],
    systems: systems.map((item) => planSystem(item, report.systems, mode)),
    services: built.map((item) => {
      const plan = planService(item, services, report, asked, by, pickPorts, secrets[item.service.name])
      return { ...plan, warnings: [...plan.warnings, ...rebuilt(plan, report, sameSource)] }
    }),
    others: report.services
      .filter((service) => hasServed(service) && !names.has(service.name))
      .map(({ name }) => name),
  }
}

function fixedPort({ service }: BuiltService): number[] {
  return service.kind === 'service' && service.listen?.mode === 'fixed' ? [service.listen.port] : []
}

function planService(
  item: BuiltService,
  services: readonly ServiceConfig[],
  report: Report,
  asked: Claimants,
  by: string,
  pickPorts: (service: string) => Ports,
  secrets: Record<string, string> | undefined,
): ServicePlan {
  const { service } = item
  const current = report.services.find(({ name }) => name === service.name)
  const manifest = manifestOf(service, {
    package: item.package,
    envPackages: item.envPackages,
    program: item.program,
    commit: item.commit,
    project: asked.project.name,
    by,
    assets: item.assets,
    ports: needsPorts(service) ? pickPorts(service.name) : undefined,
    secrets,
  })
  const changes = current?.manifest
    ? changesBetween(current.manifest, manifest, { old: current.closure, next: item.closure }, report.host)
    : []
  const status = statusOf(current, changes)
  const from = current?.current ?? null
  return {
    service: service.name,
    status,
    number: status === 'unchanged' || status === 'stopped' ? (from ?? 1) : nextNumber(current),
    from,
    changes,
    warnings: [
      ...(status === 'new' || status === 'changed'
        ? [...(item.warnings ?? []), ...hookWarnings(service)]
        : []),
      ...routeWarnings(service),
      ...ownerWarnings(service, services, report, asked),
      ...adoptions(service, report),
      ...openings(service),
      ...[current && exposure(current)].filter((text) => text !== undefined),
    ],
    manifest,
    units: Object.keys(unitsOf(manifest, report.host)),
    closure: item.closure,
    config: service,
  }
}

/** Why a package is another though its source seems not to be: each edit of the config would build it again. */
function rebuilt(
  { service, from, changes }: ServicePlan,
  { services }: Report,
  sameSource: ReadonlySet<string>,
): string[] {
  const commit = services.find(({ name }) => name === service)?.manifest?.commit ?? null
  if (commit === null || commit.dirty || !sameSource.has(commit.id)) return []
  if (!changes.some(({ what }) => what === 'package')) return []
  return [
    `its package is built again though only the config has changed since release ${from}: the config is part of its source; leave it out, see docs/builds.md`,
  ]
}

function statusOf(current: ServiceReport | undefined, changes: Change[]): ServicePlan['status'] {
  if (!current?.manifest) return 'new'
  if (changes.length > 0) return 'changed'
  return current.units.some(({ active }) => active !== 'active') ? 'stopped' : 'unchanged'
}

function nextNumber(current: ServiceReport | undefined): number {
  return Math.max(0, ...(current?.releases.map(({ number }) => number) ?? [])) + 1
}

function hookWarnings(service: ServiceConfig): string[] {
  if (service.kind === 'site') return []
  return service.before
    .filter(({ irreversible }) => irreversible)
    .map(
      ({ run }) =>
        `before the switch \`${run.join(' ')}\` changes what can not be undone: after a revert or a rollback the old release meets what it left`,
    )
}

function routeWarnings(service: ServiceConfig): string[] {
  const mixed = service.routes.filter((route) => route.scheme === 'http' && route.server === 'slipway')
  const secure = new Set(service.routes.filter(({ tls }) => tls).map(({ domain }) => domain))
  return mixed
    .filter(({ domain }) => secure.has(domain))
    .map(({ url, domain }) => `${url}: redirected to https, as all of ${domain} is: it has https routes`)
}

/** What the config opens of a service's sandbox. */
function openings(service: ServiceConfig): string[] {
  if (service.kind === 'site') return []
  return [
    ...(service.nixDaemon
      ? [`${service.name} may have the host's Nix daemon build, outside of its sandbox and limits`]
      : []),
    ...(service.cloudMetadata
      ? [`${service.name} reaches link-local addresses, where a cloud tells the host's credentials`]
      : []),
  ]
}

/** Whether a deploy would touch anything on a host. */
export function touches(plan: HostPlan): boolean {
  return [...plan.services, ...plan.systems].some(({ status }) => status !== 'unchanged')
}
