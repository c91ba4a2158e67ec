import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Config } from '../config/resolved.js'
import { gitTop } from './git.js'

/** The flakes that belong to a project: that of the config's folder, and those that its services and systems name by path. */
export async function projectFlakes(
  config: Pick<Config, 'root' | 'services' | 'systems'>,
): Promise<string[]> {
  const top = (await gitTop(config.root)) ?? config.root
  const refs = [...config.services, ...config.systems].flatMap((item) =>
    'flake' in item.package ? [item.package.flake] : [],
  )
  return localFlakes(hasFlake(config.root, top) ? ['.', ...refs] : refs, config.root)
}

/** Nix looks for `.` upwards, to the top of the repository. */
function hasFlake(folder: string, top: string): boolean {
  if (existsSync(join(folder, 'flake.nix'))) return true
  return folder !== top && dirname(folder) !== folder && hasFlake(dirname(folder), top)
}

/** The flakes of installables that are folders, each once. */
export function localFlakes(installables: readonly string[], root: string): string[] {
  const found = new Map<string, string>()
  for (const installable of installables) {
    const flake = installable.split('#')[0] || '.'
    const path = flake.replace(/^(?:path|git\+file):(?:\/\/)?/, '')
    if (!/^[./]/.test(path)) continue
    const key = resolve(root, path)
    if (!found.has(key)) found.set(key, flake)
  }
  return [...found.values()]
}
