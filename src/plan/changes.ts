import type { ClosurePath, Manifest } from '../release/manifest.js'

/** What differs between the release that serves and the one that would. */
export type Change =
  | { what: 'package'; from: string; to: string; closure: ClosureChange }
  | { what: 'units'; added: string[]; removed: string[]; changed: string[] }
  | { what: 'environment'; added: string[]; removed: string[]; changed: string[] }
  | { what: 'secrets'; added: string[]; removed: string[]; changed: string[] }
  | { what: 'routes'; added: string[]; removed: string[] }
  | { what: 'assets'; from: string | null; to: string | null }
  | { what: 'settings'; added: string[]; removed: string[] }

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
): Change[] {
  const changes: Change[] = []
  if (old.package !== next.package) {
    const closure = compareClosures(closures.old, closures.next)
    changes.push({ what: 'package', from: old.package, to: next.package, closure })
  }
  const units = compareKeys(old.units, next.units)
  if (differs(units)) changes.push({ what: 'units', ...units })
  const environment = compareKeys(old.env, next.env)
  if (differs(environment)) changes.push({ what: 'environment', ...environment })
  const secrets = compareKeys(secretTexts(old), secretTexts(next))
  if (differs(secrets)) changes.push({ what: 'secrets', ...secrets })
  const routes = compareLists(old.routes, next.routes)
  if (differs(routes) || nginxDiffers(old, next)) changes.push({ what: 'routes', ...routes })
  if (old.assets !== next.assets) changes.push({ what: 'assets', from: old.assets, to: next.assets })
  const settings = compareLists(settingLines(old), settingLines(next))
  if (differs(settings)) changes.push({ what: 'settings', ...settings })
  return changes
}

/** Enough to tell secrets apart, by name. */
function secretTexts({ secrets = {} }: Manifest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(secrets).map(([name, { version, as }]) => [name, `${as} ${version}`]),
  )
}

/** nginx snippets of sites name the package too. */
function nginxDiffers(old: Manifest, next: Manifest): boolean {
  const plain = ({ nginx, package: path }: Manifest) =>
    JSON.stringify(nginx).replaceAll(path, 'PACKAGE').replaceAll(path.slice(11, 43), 'HASH')
  return plain(old) !== plain(next)
}

function settingLines({ spec, package: path }: Manifest): string[] {
  return spec
    .replaceAll(path, '')
    .split('\n')
    .filter((line) => /^(keep|health_|watch|drain|before=|after=|port_|unix_)/.test(line))
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

function compareKeys(old: Record<string, string>, next: Record<string, string>) {
  const lists = compareLists(Object.keys(old), Object.keys(next))
  return { ...lists, changed: Object.keys(next).filter((key) => key in old && old[key] !== next[key]) }
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

/** `BYTES PATH` lines as a closure. */
export function parseClosure(text: string): ClosurePath[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const space = line.indexOf(' ')
      return { path: line.slice(space + 1), bytes: Number(line.slice(0, space)) }
    })
}
