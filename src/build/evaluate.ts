import type { PackageRef } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { SlipwayError } from '../errors.js'
import { evalFile, evalFlake, listFlakeOutput } from './nix-command.js'
import type { NixResult, NixRunner } from './nix-runner.js'

/** What evaluation tells of a package before it is built. */
export interface Evaluated {
  /** The derivation that makes it. */
  drv: string
  /** The store path it will have. */
  out: string
  /** `meta.mainProgram`. */
  main: string | null
  name: string
}

/** Evaluates a service's package; relative paths start in the runner's folder. */
export async function evaluate(
  nix: NixRunner,
  service: string,
  ref: PackageRef,
  overrides: Record<string, string>,
): Promise<Evaluated> {
  const command =
    'flake' in ref
      ? evalFlake(ref.flake, overrides)
      : evalFile(joinPath(nix.folder, ref.file), ref.attr, overrides)
  const result = await nix.run(command)
  if (result.exitCode === 0) return JSON.parse(result.stdout) as Evaluated
  throw await evaluationError(nix, service, ref, overrides, result)
}

function joinPath(folder: string, path: string): string {
  if (path.startsWith('/')) return path
  const plain = path.replace(/^(\.\/)+|^\.$/, '').replace(/\/$/, '')
  return plain === '' ? folder : `${folder}/${plain}`
}

async function evaluationError(
  nix: NixRunner,
  service: string,
  ref: PackageRef,
  overrides: Record<string, string>,
  result: NixResult,
): Promise<SlipwayError> {
  const at = `services.${service}.package`
  const why = result.stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^warning:/.test(line))
    .slice(-12)
    .join('\n')
  const still = 'Nothing was changed on any host.'
  if ('flake' in ref && /does not provide attribute/.test(result.stderr)) {
    const names = await offered(nix, ref.flake, overrides)
    const wanted = ref.flake.split('#')[1] ?? 'default'
    const guess = didYouMean(wanted, names)
    return new SlipwayError({
      what: `${at}: the flake has no package "${wanted}"`,
      why,
      still,
      next: guess ? `Did you mean "${guess}"?` : `It offers: ${names.join(', ') || 'no packages'}.`,
    })
  }
  return new SlipwayError({ what: `${at} can't be evaluated`, why, still })
}

async function offered(
  nix: NixRunner,
  installable: string,
  overrides: Record<string, string>,
): Promise<string[]> {
  const listed = await nix.run(listFlakeOutput(installable.split('#')[0] ?? '.', 'packages', overrides))
  return listed.exitCode === 0 ? [...new Set(JSON.parse(listed.stdout) as string[])] : []
}
