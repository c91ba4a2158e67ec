import type { ClosurePath } from '../contract/release.js'
import { SlipwayError } from '../errors.js'
import { closureInfo } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'

/** The closure of a built path. */
export async function closureOf(nix: NixRunner, path: string): Promise<ClosurePath[]> {
  return (await closuresOf(nix, [path])).get(path) ?? []
}

/** The closures of built paths, by path; Nix is asked once for all. */
export async function closuresOf(
  nix: NixRunner,
  paths: readonly string[],
): Promise<Map<string, ClosurePath[]>> {
  const roots = [...new Set(paths)]
  if (roots.length === 0) return new Map()
  const result = await nix.run(closureInfo(roots))
  if (result.exitCode === 0) {
    const known = parsePathInfo(result.stdout)
    return new Map(roots.map((root) => [root, closureIn(known, root)]))
  }
  const [only, ...others] = roots
  if (only !== undefined && others.length === 0) {
    throw new SlipwayError({ what: `the closure of ${only} can't be listed`, why: result.stderr.trim() })
  }
  // Asked one by one, the path that is wrong is named.
  const closures = new Map<string, ClosurePath[]>()
  for (const root of roots) closures.set(root, await closureOf(nix, root))
  return closures
}

/** What paths take in a store, all in all. */
export function bytesOf(paths: readonly ClosurePath[]): number {
  return paths.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** A store path with its size and what it refers to. */
export interface PathInfo {
  path: string
  bytes: number
  references: string[]
}

interface RawPathInfo {
  path?: string
  narSize?: number
  references?: string[]
}

/** `nix path-info --json`: an array up to Nix 2.18, an object by path since 2.19. */
export function parsePathInfo(json: string): Map<string, PathInfo> {
  const parsed = JSON.parse(json) as RawPathInfo[] | Record<string, RawPathInfo | null>
  const entries = Array.isArray(parsed)
    ? parsed.map((info) => [info.path ?? '', info] as const)
    : Object.entries(parsed)
  return new Map(
    entries.map(([path, info]) => [
      path,
      { path, bytes: info?.narSize ?? 0, references: info?.references ?? [] },
    ]),
  )
}

/** What a path needs, itself included, sorted by path. */
function closureIn(known: ReadonlyMap<string, PathInfo>, root: string): ClosurePath[] {
  const found = new Set([root])
  // A set gives what is added to it while it is walked.
  for (const path of found) for (const needed of known.get(path)?.references ?? []) found.add(needed)
  return [...found].sort().map((path) => ({ path, bytes: known.get(path)?.bytes ?? 0 }))
}
