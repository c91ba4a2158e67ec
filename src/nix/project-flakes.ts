import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { packageSources } from '../config/package-sources.js'
import type { Config } from '../config/resolved.js'
import { gitTop } from './git.js'

/** The flakes that belong to a project: that of the config's folder, and those that its services and systems name by path. */
export async function projectFlakes(
  config: Pick<Config, 'root' | 'services' | 'systems'>,
): Promise<string[]> {
  const top = (await gitTop(config.root)) ?? config.root
  const sources = [...config.services, ...config.systems].flatMap(packageSources)
  const refs = sources.flatMap((source) => ('flake' in source ? [source.flake] : []))
  return localFlakes(above(config.root, top) === undefined ? refs : ['.', ...refs], config.root)
}

/** The folder of a local flake's flake.nix; undefined where there is none. */
export async function flakeFolder(root: string, flake: string): Promise<string | undefined> {
  const [path = '', query] = flake.replace(SCHEME, '').split('?')
  const folder = resolve(root, path)
  const below = new URLSearchParams(query).get('dir')
  if (below !== null) return above(join(folder, below), join(folder, below))
  return above(folder, (await gitTop(folder)) ?? folder)
}

/** Nix looks for flake.nix upwards, to the top of the repository. */
function above(folder: string, top: string): string | undefined {
  if (existsSync(join(folder, 'flake.nix'))) return folder
  return folder !== top && dirname(folder) !== folder ? above(dirname(folder), top) : undefined
}

const SCHEME = /^(?:path|git\+file):(?:\/\/)?/

/** The flakes of installables that are folders, each once. */
export function localFlakes(installables: readonly string[], root: string): string[] {
  const found = new Map<string, string>()
  for (const installable of installables) {
    const flake = installable.split('#')[0] || '.'
    const path = flake.replace(SCHEME, '')
    if (!/^[./]/.test(path)) continue
    const key = resolve(root, path)
    if (!found.has(key)) found.set(key, flake)
  }
  return [...found.values()]
}
