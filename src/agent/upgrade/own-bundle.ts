import { readFile, realpath } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { bundleHash } from '../../wire/bundle-hash.js'
import type { Places } from '../places.js'

/** The bundle that this process runs. */
export interface OwnBundle {
  /** Its file, links followed. */
  path: string
  /** What it is known by. */
  hash: string
  /** Whether it lies in the Nix store, as part of a NixOS configuration, and not where deployers bring others. */
  declared: boolean
}

/** Finds out which bundle this process runs. */
export async function ownBundle(
  places: Pick<Places, 'agents'>,
  program = process.argv[1] ?? '',
): Promise<OwnBundle> {
  const path = await realpath(program)
  const brought = await realpath(places.agents).catch(() => undefined)
  return {
    path,
    hash: bundleHash(await readFile(path)),
    declared: dirname(dirname(path)) !== brought || basename(path) !== BUNDLE,
  }
}

/** The file of a version, in a folder that has the version's hash for a name. */
export const BUNDLE = 'agent.cjs'
