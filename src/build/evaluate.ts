import type { PackageRef } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { SlipwayError } from '../errors.js'
import { HashMismatchError } from '../hashes/error.js'
import { parseMismatches } from '../hashes/mismatch.js'
import { stripAnsi } from './internal-json.js'
import { evalFile, evalFlake, listFlakePackages } from './nix-command.js'
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
  /** The system it is built on, such as `x86_64-linux`. */
  system: string
}

/** Evaluates a service's package; relative paths start in the runner's folder. */
export async function evaluate(
  nix: NixRunner,
  service: string,
  ref: PackageRef,
  overrides: Record<string, string>,
  system?: string,
): Promise<Evaluated> {
  const command =
    'flake' in ref
      ? evalFlake(ref.flake, overrides, system)
      : evalFile(joinPath(nix.folder, ref.file), ref.attr, overrides, system)
  const result = await nix.run(command)
  if (result.exitCode === 0) return JSON.parse(result.stdout) as Evaluated
  throw await evaluationError(nix, service, ref, overrides, result, system)
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
  system?: string,
): Promise<SlipwayError> {
  const mismatches = parseMismatches(stripAnsi(result.stderr))
  if (mismatches.length > 0) return new HashMismatchError(mismatches, nix.where)
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
    const elsewhere = system !== undefined && names.includes(wanted)
    return new SlipwayError({
      what: `${at}: the flake has no package "${wanted}"${system === undefined ? '' : ` for ${system}`}`,
      why,
      still,
      next: elsewhere
        ? `It has one for other systems: add "${system}" to them in flake.nix.`
        : guess
          ? `Did you mean "${guess}"?`
          : `It offers: ${names.join(', ') || 'no packages'}.`,
    })
  }
  return new SlipwayError({ what: `${at} can't be evaluated`, why, still })
}

async function offered(
  nix: NixRunner,
  installable: string,
  overrides: Record<string, string>,
): Promise<string[]> {
  const listed = await nix.run(listFlakePackages(installable.split('#')[0] ?? '.', overrides))
  return listed.exitCode === 0 ? [...new Set(JSON.parse(listed.stdout) as string[])] : []
}
