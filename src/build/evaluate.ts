import type { PackageRef } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { SlipwayError } from '../errors.js'
import { evalFile, evalFlake, listFlakePackages, listFlakeSystems } from './nix-command.js'
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

/** Evaluates the package of a service, or of what else `at` names; relative paths start in the runner's folder. */
export async function evaluate(
  nix: NixRunner,
  service: string,
  ref: PackageRef,
  overrides: Record<string, string>,
  at = `services.${service}.package`,
): Promise<Evaluated> {
  const command =
    'flake' in ref
      ? evalFlake(ref.flake, overrides)
      : evalFile(joinPath(nix.folder, ref.file), ref.attr, overrides)
  const result = await nix.run(command)
  if (result.exitCode === 0) return JSON.parse(result.stdout) as Evaluated
  throw await evaluationError(nix, at, ref, overrides, result)
}

function joinPath(folder: string, path: string): string {
  if (path.startsWith('/')) return path
  const plain = path.replace(/^(\.\/)+|^\.$/, '').replace(/\/$/, '')
  return plain === '' ? folder : `${folder}/${plain}`
}

async function evaluationError(
  nix: NixRunner,
  at: string,
  ref: PackageRef,
  overrides: Record<string, string>,
  result: NixResult,
): Promise<SlipwayError> {
  const why = endOfError(result.stderr)
  const still = 'Nothing was changed on any host.'
  if ('flake' in ref && isAttributeMissing(result.stderr)) {
    const { kind, wanted, list } = sought(ref.flake, overrides)
    const listed = await nix.run(list)
    const names = listed.exitCode === 0 ? [...new Set(JSON.parse(listed.stdout) as string[])] : []
    const guess = didYouMean(wanted, names)
    return new SlipwayError({
      what: `${at}: the flake has no ${kind} "${wanted}"`,
      why,
      still,
      next: guess ? `Did you mean "${guess}"?` : `It offers: ${names.join(', ') || `no ${kind}s`}.`,
    })
  }
  return new SlipwayError({ what: `${at} can't be evaluated`, why, still })
}

/** How many of the last lines of Nix's error are shown: what is wrong comes last. */
const SHOWN_ERROR_LINES = 12

/** What Nix says is wrong, without its warnings. */
export function endOfError(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^warning:/.test(line))
    .slice(-SHOWN_ERROR_LINES)
    .join('\n')
}

/** Whether Nix failed since a flake lacks what was asked for. */
export function isAttributeMissing(stderr: string): boolean {
  return /does not provide attribute/.test(stderr)
}

/** What an installable asked for, and how to list what there is instead. */
function sought(installable: string, overrides: Record<string, string>) {
  const [flake = '.', attribute = 'default'] = installable.split('#')
  const system = /^nixosConfigurations\.(?:"([^"]*)"|([^".]+))/.exec(attribute)
  if (system) {
    const wanted = system[1] ?? system[2] ?? ''
    return { kind: 'NixOS configuration', wanted, list: listFlakeSystems(flake, overrides) }
  }
  return { kind: 'package', wanted: attribute, list: listFlakePackages(flake, overrides) }
}
