import type { ClosurePath, Manifest } from '../contract/release.js'
import { type SecretUses, secretUses } from '../release/credentials.js'
import { namedVariables } from '../release/release-env.js'
import { unitsOf } from '../release/release-units.js'
import type { HostFeatures } from '../release/units.js'
import { sameData } from './same-data.js'
import { settingsOf } from './settings.js'

/** What differs between the release that serves and the one that would. */
export type Change =
  | { what: 'package'; from: string; to: string; closure: ClosureChange }
  | { what: 'units'; added: string[]; removed: string[]; changed: string[] }
  | { what: 'environment'; added: string[]; removed: string[]; changed: string[] }
  | { what: 'secrets'; added: string[]; removed: string[]; changed: string[] }
  | { what: 'routes'; added: string[]; removed: string[] }
  | { what: 'assets'; from: string | null; to: string | null }
  | { what: 'settings'; added: string[]; removed: string[] }
  | { what: 'project'; from: string; to: string }

/** How two closures differ: what the new release brings and what only the old one needs. */
export interface ClosureChange {
  addedPaths: string[]
  removedPaths: string[]
  addedBytes: number
  removedBytes: number
  /** All of the new closure. */
  totalPaths: number
  totalBytes: number
}

/** All differences that matter to people; empty where a deploy would change nothing. */
export function changesBetween(
  old: Manifest,
  next: Manifest,
  closures: { old: ClosurePath[]; next: ClosurePath[] },
  features: HostFeatures,
): Change[] {
  const changes: Change[] = []
  if (old.package !== next.package) {
    const closure = compareClosures(closures.old, closures.next)
    changes.push({ what: 'package', from: old.package, to: next.package, closure })
  }
  // Both are rendered as the host would now: what a host updates of itself is no change of the service.
  const units = compareKeys(unitsOf(old, features), unitsOf(next, features))
  if (differs(units)) changes.push({ what: 'units', ...units })
  const environment = compareKeys(variablesOf(old), variablesOf(next))
  if (differs(environment)) changes.push({ what: 'environment', ...environment })
  const secrets = compareKeys(usesOf(old), usesOf(next))
  if (differs(secrets)) changes.push({ what: 'secrets', ...secrets })
  const routes = compareLists(urlsOf(old), urlsOf(next))
  if (differs(routes) || !sameData(servedOf(old), servedOf(next))) changes.push({ what: 'routes', ...routes })
  if (old.assets !== next.assets) changes.push({ what: 'assets', from: old.assets, to: next.assets })
  const settings = compareLists(settingsOf(old), settingsOf(next))
  if (differs(settings)) changes.push({ what: 'settings', ...settings })
  // What had no project gets its name with the next change.
  if (old.project !== undefined && next.project !== undefined && old.project !== next.project) {
    changes.push({ what: 'project', from: old.project, to: next.project })
  }
  return changes
}

function variablesOf({ service }: Manifest): Record<string, string> {
  return service.kind === 'site' ? {} : namedVariables(service)
}

function usesOf({ service, secrets }: Manifest): SecretUses {
  return service.kind === 'site' ? {} : secretUses(service, secrets)
}

function urlsOf({ service }: Manifest): string[] {
  return service.routes.map(({ url }) => url)
}

/** All that decides what nginx serves. */
function servedOf({ service, ports }: Manifest): unknown {
  const { routes } = service
  if (service.kind === 'site')
    return {
      routes,
      dir: service.dir,
      notFound: service.notFound,
      fallback: service.fallback,
      cache: service.cache,
    }
  const { listen, gateway, health } = service
  return routes.length > 0 ? { routes, listen, gateway, ports, health: health.path } : {}
}

function compareClosures(old: ClosurePath[], next: ClosurePath[]): ClosureChange {
  const oldPaths = new Set(old.map(({ path }) => path))
  const nextPaths = new Set(next.map(({ path }) => path))
  const added = next.filter(({ path }) => !oldPaths.has(path))
  const removed = old.filter(({ path }) => !nextPaths.has(path))
  return {
    addedPaths: added.map(({ path }) => path),
    removedPaths: removed.map(({ path }) => path),
    addedBytes: sum(added),
    removedBytes: sum(removed),
    totalPaths: next.length,
    totalBytes: sum(next),
  }
}

function sum(paths: ClosurePath[]): number {
  return paths.reduce((total, { bytes }) => total + bytes, 0)
}

function compareKeys(old: Record<string, unknown>, next: Record<string, unknown>) {
  const lists = compareLists(Object.keys(old), Object.keys(next))
  return {
    ...lists,
    changed: Object.keys(next).filter((key) => key in old && !sameData(old[key], next[key])),
  }
}

function compareLists(old: string[], next: string[]) {
  return {
    added: next.filter((item) => !old.includes(item)),
    removed: old.filter((item) => !next.includes(item)),
  }
}

function differs(lists: { added: string[]; removed: string[]; changed?: string[] }): boolean {
  return lists.added.length + lists.removed.length + (lists.changed?.length ?? 0) > 0
}
