import { usageError } from '../../errors.js'
import {
  listFlakeModules,
  listFlakeOutput,
  listMainPrograms,
  type NixCommand,
} from '../../nix/nix-command.js'
import { hasLocalNix, localNix } from '../../nix/nix-runner.js'
import type { ExistingNix, FlakeOutputs } from './project.js'
import { type FileTree, hasFile } from './tree.js'

/** The Nix that a folder has already; a flake is asked for its outputs. */
export async function findExistingNix(
  folder: string,
  tree: FileTree,
  overrides: Record<string, string>,
): Promise<ExistingNix | undefined> {
  if (hasFile(tree, 'flake.nix')) return { kind: 'flake', outputs: await flakeOutputs(folder, overrides) }
  return hasFile(tree, 'default.nix') ? { kind: 'file', file: 'default.nix' } : undefined
}

async function flakeOutputs(folder: string, overrides: Record<string, string>): Promise<FlakeOutputs> {
  if (!hasLocalNix())
    return { evaluated: false, packages: ['default'], apps: [], checks: [], nixosModules: [] }
  const nix = localNix(folder)
  const names = async (command: NixCommand): Promise<string[]> => {
    const { exitCode, stdout, stderr } = await nix.run(command)
    if (exitCode === 0) return [...new Set(JSON.parse(stdout) as string[])].sort()
    if (/does not provide attribute/.test(stderr)) return []
    throw unusable(stderr)
  }
  // The first evaluation fetches inputs that are not there yet; the others find them.
  const packages = await names(listFlakeOutput('.', 'packages', overrides))
  const [mainPrograms, apps, checks, nixosModules] = await Promise.all([
    mainProgramsOf(await nix.run(listMainPrograms('.', overrides))),
    names(listFlakeOutput('.', 'apps', overrides)),
    names(listFlakeOutput('.', 'checks', overrides)),
    names(listFlakeModules('.', overrides)),
  ])
  if (packages.length > 0) return { evaluated: true, packages, mainPrograms, apps, checks, nixosModules }
  throw usageError({
    what: 'flake.nix is there, but has no packages',
    why: 'slipway deploys what a flake has in `packages`.',
    still: 'Nothing was written.',
    next: 'Add a package to it, or move it away: then one is written.',
  })
}

/** A flake whose packages can't be looked into is listed all the same: then what they run is not known. */
function mainProgramsOf({
  exitCode,
  stdout,
}: {
  exitCode: number | null
  stdout: string
}): Record<string, string> {
  if (exitCode !== 0) return {}
  const named = Object.entries(JSON.parse(stdout) as Record<string, unknown>)
  return Object.fromEntries(named.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function unusable(stderr: string) {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^warning:/.test(line))
  return usageError({
    what: "flake.nix is there, but Nix can't evaluate it",
    why: lines.slice(-12).join('\n'),
    still: 'Nothing was written.',
    next: 'Correct it and try again. Files that git does not know are not part of a flake: `git add` them.',
  })
}
