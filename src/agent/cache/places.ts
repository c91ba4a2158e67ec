import { basename, join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'

/** What there is of a binary cache on a host. */
export interface CachePlaces {
  dir: string
  /** What everybody may read: what Nix calls `file://`. */
  files: string
  /** `secret` and `public`: the key that signs what is added, and its other half. Made as a whole, or not at all. */
  key: string
}

export function cachePlaces({ places }: Pick<Agent, 'places'>, cache: string): CachePlaces {
  const dir = join(places.caches, cache)
  return { dir, files: join(dir, 'files'), key: join(dir, 'key') }
}

/** @throws CallFailed where the host has no such cache. */
export async function requireCache(agent: Agent, cache: string): Promise<CachePlaces> {
  const places = cachePlaces(agent, cache)
  if (await exists(places.key)) return places
  throw failed(`the host has no cache ${cache}`, { next: `\`slipway deploy ${cache}\` makes it.` })
}

/** Characters of a store path's hash: https://nix.dev/manual/nix/latest/protocols/store-path */
const HASH_LENGTH = 32

/** The file of a cache that tells of a store path. */
export function narinfoFile({ files }: CachePlaces, path: string): string {
  return join(files, `${basename(path).slice(0, HASH_LENGTH)}.narinfo`)
}
