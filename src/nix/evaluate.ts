import type { Modular } from '../config/modular.js'
import type { PackageRef, PackageSource } from '../config/resolved.js'
import { didYouMean } from '../config/suggest.js'
import { SlipwayError } from '../errors.js'
import { HashMismatchError } from './hashes/error.js'
import { parseMismatches } from './hashes/mismatch.js'
import { stripAnsi } from './internal-json.js'
import { evaluateModule } from './modular-service.js'
import { DESCRIBE, evalFile, evalFlake, evalText, listFlakeOutput, listFlakeSystems } from './nix-command.js'
import type { NixResult, NixRunner } from './nix-runner.js'
import { describeEnvironment } from './python-environment.js'

/** What evaluation tells of a package before it is built. */
export interface Evaluated {
  /** The derivation that makes it. */
  drv: string
  /** The store path it will have. */
  out: string
  /** `meta.mainProgram`. */
  main: string | null
  name: string
  /** The system it is built on, such as `x86_64-linux`; null for a package that is given by its path. */
  system: string | null
  /** What the module of a modular service comes to; absent for others. */
  service?: Modular
}

/**
 * Evaluates a package; relative paths start in the runner's folder.
 * @param at the field of the config that names it.
 */
export async function evaluate(
  nix: NixRunner,
  at: string,
  ref: PackageRef,
  overrides: Record<string, string>,
  system?: string,
): Promise<Evaluated> {
  if ('module' in ref) return evaluateModule(nix, at, ref.module, overrides, system)
  if ('text' in ref) return written(nix, at, ref)
  const describe = ref.server === undefined ? DESCRIBE : describeEnvironment(ref.server)
  const command =
    'flake' in ref
      ? evalFlake(ref.flake, overrides, system, describe)
      : evalFile(pathIn(nix.folder, ref.file), ref.attr, overrides, system, describe)
  const result = await nix.run(command)
  if (result.exitCode === 0) return JSON.parse(result.stdout) as Evaluated
  throw await evaluationError(nix, at, ref, overrides, result, system)
}

/** A text is a package as soon as it is in the store. */
async function written(nix: NixRunner, at: string, ref: { name: string; text: string }): Promise<Evaluated> {
  const { exitCode, stdout, stderr } = await nix.run(evalText(ref.name, ref.text))
  if (exitCode === 0) return JSON.parse(stdout) as Evaluated
  throw new SlipwayError({ what: `${at} can't be written to the Nix store`, why: endOfError(stderr) })
}

/** A path of the config, absolute. */
export function pathIn(folder: string, path: string): string {
  if (path.startsWith('/')) return path
  const plain = path.replace(/^(\.\/)+|^\.$/, '').replace(/\/$/, '')
  return plain === '' ? folder : `${folder}/${plain}`
}

async function evaluationError(
  nix: NixRunner,
  at: string,
  ref: PackageSource,
  overrides: Record<string, string>,
  result: NixResult,
  system?: string,
): Promise<SlipwayError> {
  const mismatches = parseMismatches(stripAnsi(result.stderr))
  if (mismatches.length > 0) return new HashMismatchError(mismatches, nix.where)
  const why = endOfError(result.stderr)
  const still = 'Nothing was changed on any host.'
  if ('flake' in ref && isAttributeMissing(result.stderr)) {
    const { kind, wanted, list } = sought(ref.flake, overrides)
    const listed = await nix.run(list)
    const names = listed.exitCode === 0 ? [...new Set(JSON.parse(listed.stdout) as string[])] : []
    const guess = didYouMean(wanted, names)
    // A NixOS configuration is for the system that it says.
    const wrongSystem = system !== undefined && kind === 'package'
    const elsewhere = kind === 'package' && names.includes(wanted)
    return new SlipwayError({
      what: `${at}: the flake has no ${kind} "${wanted}"${wrongSystem ? ` for ${system}` : ''}`,
      why,
      still,
      next: elsewhere
        ? `It has one for other systems: add ${system === undefined ? "this machine's" : `"${system}"`} to them in flake.nix.`
        : guess
          ? `Did you mean "${guess}"?`
          : `It offers: ${names.join(', ') || `no ${kind}s`}.`,
    })
  }
  const odd = 'flake' in ref && PATH_REFUSED.test(why) ? ODD_IN_PATHS.exec(nix.folder)?.[0] : undefined
  if (odd !== undefined) {
    return new SlipwayError({
      ...{ what: `${at} can't be evaluated: this Nix does not take the path of its folder`, why, still },
      next: `${nix.folder} holds "${odd}", which means something else in the reference of a flake, or is refused by Nix before 2.18. Move the project, or use a newer Nix.`,
    })
  }
  const next = MISSING_FILE.test(why)
    ? 'A flake in a git repository has only what git knows: `git status` names the others, `git add` adds them.'
    : undefined
  return new SlipwayError({ what: `${at} can't be evaluated`, why, still, next })
}

/** What Nix, or git for it, says of a path that it has taken for something else. */
const PATH_REFUSED =
  /is not a valid URL|not a valid flake|Could not read from remote repository|unable to find a flake|could not find a flake\.nix/

/** What has a meaning in URLs, or must be escaped there. */
const ODD_IN_PATHS = /[^\w./+@~:,=-]/u

/** A file that is not in the copy of a flake which Nix made, in the words of several versions. */
const MISSING_FILE = /-source\/[^\n]*(?:does not exist|No such file or directory)/

/** How many of the last lines of Nix's error are shown: what is wrong comes last. */
const SHOWN_ERROR_LINES = 12

/** What Nix says beside: warnings, and what it has made of a lock file. */
const ASIDE = /^(?:warning:|• |\s+(?:→ )?'[^']*'(?: \([^)]*\))?$|\s+follows ')/

/** What Nix says is wrong, without what it says beside. */
export function endOfError(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !ASIDE.test(line))
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
  return { kind: 'package', wanted: attribute, list: listFlakeOutput(flake, 'packages', overrides) }
}
