import { packageSources } from '../config/package-sources.js'
import type { Config, ServiceConfig, SystemConfig } from '../config/resolved.js'
import { pathIn } from '../nix/evaluate.js'
import { lockInputs, searchedNames, unlockedInputs } from '../nix/inputs.js'
import { hasLocalNix, localNix } from '../nix/nix-runner.js'
import { flakeFolder, localFlakes } from '../nix/project-flakes.js'
import type { Unlocked } from '../plan/inputs.js'
import { timedNix } from './debug.js'
import type { Engine } from './engine.js'

/** Whose inputs are looked at. */
export interface InputsOf {
  services: readonly ServiceConfig[]
  systems: readonly SystemConfig[]
}

/** Finds what of some packages is not locked. What is overridden is none of their lock files' business. Needs Nix here. */
export async function findUnlocked(
  engine: Pick<Engine, 'tell'>,
  { root }: Pick<Config, 'root'>,
  { services, systems }: InputsOf,
  overrides: Record<string, string>,
): Promise<Unlocked[]> {
  if (!hasLocalNix()) return []
  const nix = timedNix(engine, localNix(root))
  const refs = [...services, ...systems].flatMap(packageSources)
  const flakes = localFlakes(
    refs.flatMap((ref) => ('flake' in ref ? [ref.flake] : [])),
    root,
  )
  const files = [...new Set(refs.flatMap((ref) => ('file' in ref ? [ref.file] : [])))]
  const open = (names: string[]) => names.filter((name) => !(name in overrides))
  const found = await Promise.all([
    ...flakes.map(async (flake): Promise<Unlocked> => {
      const folder = await flakeFolder(root, flake)
      return { of: 'flake', flake, inputs: folder ? open(await unlockedInputs(nix, folder)) : [] }
    }),
    ...files.map(async (file): Promise<Unlocked> => {
      const path = pathIn(root, file)
      return { of: 'file', file, inputs: open(await searchedNames(nix, path)) }
    }),
  ])
  return [...found.filter(({ inputs }) => inputs.length > 0), ...moving(overrides)]
}

/** 40 hexadecimal digits are a commit; folders are somebody's own, on purpose. */
function moving(overrides: Record<string, string>): Unlocked[] {
  return Object.entries(overrides)
    .filter(
      ([, ref]) => /^(?:github|gitlab|sourcehut|git\+(?:https|ssh)):/.test(ref) && !/[0-9a-f]{40}/.test(ref),
    )
    .map(([name, ref]) => ({ of: 'override', ref, inputs: [name] }))
}

/** Tells what is not locked. */
export async function tellUnlocked(
  engine: Pick<Engine, 'tell'>,
  config: Pick<Config, 'root'>,
  of: InputsOf,
  overrides: Record<string, string>,
): Promise<Unlocked[]> {
  const found = await findUnlocked(engine, config, of, overrides)
  for (const unlocked of found) engine.tell({ type: 'unlocked', unlocked, why: undefined })
  return found
}

/** Locks what is not, where it can, and tells so: the first deploy of a flake writes its lock file. */
export async function lockUnlocked(
  engine: Pick<Engine, 'tell'>,
  config: Pick<Config, 'root'>,
  of: InputsOf,
  overrides: Record<string, string>,
): Promise<void> {
  for (const unlocked of await findUnlocked(engine, config, of, overrides)) {
    if (unlocked.of !== 'flake') {
      engine.tell({ type: 'unlocked', unlocked, why: undefined })
      continue
    }
    const { flake, inputs } = unlocked
    const why = await lockInputs(timedNix(engine, localNix(config.root)), flake)
    engine.tell(
      why === undefined ? { type: 'locked-inputs', flake, inputs } : { type: 'unlocked', unlocked, why },
    )
  }
}
