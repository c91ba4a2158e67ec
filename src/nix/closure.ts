import { SlipwayError } from '../errors.js'
import type { ClosurePath } from '../release/manifest.js'
import { closureInfo } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'

/** The closure of a built path. */
export async function closureOf(nix: NixRunner, path: string): Promise<ClosurePath[]> {
  const result = await nix.run(closureInfo(path))
  if (result.exitCode !== 0) {
    throw new SlipwayError({ what: `the closure of ${path} can't be listed`, why: result.stderr.trim() })
  }
  return parsePathInfo(result.stdout)
}

interface PathInfo {
  path?: string
  narSize?: number
}

/** `nix path-info --json`: an array up to Nix 2.18, an object by path since 2.19. */
export function parsePathInfo(json: string): ClosurePath[] {
  const parsed = JSON.parse(json) as PathInfo[] | Record<string, PathInfo | null>
  const entries = Array.isArray(parsed)
    ? parsed.map((info) => [info.path ?? '', info] as const)
    : Object.entries(parsed)
  return entries
    .map(([path, info]) => ({ path, bytes: info?.narSize ?? 0 }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}
