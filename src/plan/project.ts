import type { Report, ServiceReport } from '../contract/report.js'
import type { Service } from '../contract/service.js'
import { conflictText, foreignText, type Hindrance } from '../release/owner-text.js'
import { conflictsOf, domainOwner, type Holder, isForeign } from '../release/owners.js'
import { sameData } from './same-data.js'

/** Who deploys. */
export interface Project {
  name: string
  /** Its name without the environment, as a config may say it; undefined: it has no environments. */
  base?: string
  /** Where its name comes from. */
  from: 'config' | 'remote' | 'commit' | 'folder'
}

/** What is deployed by whom. */
export interface Claimants {
  project: Project
  /** Whether what is another project's may be replaced. */
  takeOver: boolean
}

/** What of a deploy is somebody else's: services of another project, and URLs of other services. */
export function ownerProblems(services: readonly Service[], report: Report, asked: Claimants): Hindrance[] {
  const { project, takeOver } = asked
  const foreign = takeOver
    ? []
    : services.flatMap((service) => foreignService(service, report, project) ?? [])
  const holders = holdersOf(services, report, project)
  const taken = services.flatMap((service) => {
    const [own, others] = apart(service.name, holders)
    const served = reported(service.name, report)?.manifest?.service.routes
    return own ? conflictsOf(own, others, { ...(served && { served }), takeOver }) : []
  })
  return [...foreign, ...taken.map(conflictText)]
}

function foreignService({ name }: Service, report: Report, project: Project): Hindrance | undefined {
  const there = reported(name, report)
  if (!there?.manifest || !isForeign(there.manifest.project, project.name)) return undefined
  return foreignText(there.manifest, goodSince(there))
}

/** What a deploy changes, or leaves, of whose a service is and what it shares: a line each. */
export function ownerWarnings(
  service: Service,
  services: readonly Service[],
  report: Report,
  { project }: Claimants,
): string[] {
  return [
    ...projectWarnings(reported(service.name, report), project),
    ...domainWarnings(service, holdersOf(services, report, project)),
  ]
}

const FROM = {
  remote: "by git's remote",
  commit: 'by its first commit',
  folder: 'by its folder',
} as const

function projectWarnings(there: ServiceReport | undefined, { name, base = name, from }: Project): string[] {
  const before = there?.manifest
  if (before && isForeign(before.project, name)) {
    return [`taken over from the project ${before.project}, from which ${before.by} deployed it`]
  }
  if (from === 'config' || before?.project === name) return []
  return [`its project is ${name}, ${FROM[from]}; \`project: '${base}'\` in the config keeps it so`]
}

/** Where a domain is shared, its owner's certificate and HSTS hold. */
function domainWarnings(service: Service, holders: readonly Holder[]): string[] {
  return service.routes.flatMap(({ domain, tls, server }) => {
    const owner = domainOwner(domain, holders)
    if (server !== 'slipway' || owner === undefined || owner.holder.name === service.name) return []
    const theirs = owner.holder.routes.find((route) => route.tls?.[domain])?.tls?.[domain]
    if (theirs === undefined || tls?.[domain] === undefined || sameData(theirs, tls[domain])) return []
    return [
      `${domain} belongs to ${owner.holder.name}, which has ${owner.path} of it: certificate and HSTS are as that has them`,
    ]
  })
}

/** All who will have URLs: the others of the host as they are, those that are deployed as they will be. */
function holdersOf(services: readonly Service[], report: Report, project: Project): Holder[] {
  const names = new Set(services.map(({ name }) => name))
  const others = report.services.flatMap(({ name, manifest }) =>
    manifest && !names.has(name)
      ? [{ name, routes: manifest.service.routes, project: manifest.project }]
      : [],
  )
  return [...others, ...services.map(({ name, routes }) => ({ name, routes, project: project.name }))]
}

function apart(name: string, holders: readonly Holder[]): [Holder | undefined, Holder[]] {
  return [holders.find((one) => one.name === name), holders.filter((one) => one.name !== name)]
}

function reported(name: string, report: Report): ServiceReport | undefined {
  return report.services.find((service) => service.name === name)
}

function goodSince({ current, releases }: ServiceReport): number | null {
  return releases.find(({ number }) => number === current)?.good ?? null
}
