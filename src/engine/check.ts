import type { Config } from '../config/resolved.js'
import { usageError } from '../errors.js'
import { HashMismatchError } from '../init/hashes/error.js'
import { type CheckEvent, type CheckResult, findChecks, runChecks } from '../nix/flake-checks.js'
import { localNix } from '../nix/nix-runner.js'
import { projectFlakes } from '../nix/project-flakes.js'

/**
 * Runs all checks of the flakes of a project.
 * @throws SlipwayError where there is none: what checks nothing must not look like what passed.
 * @throws HashMismatchError where a check met a wrong hash.
 */
export async function checkProject(
  config: Config,
  overrides: Record<string, string>,
  onEvent: (event: CheckEvent) => void,
): Promise<CheckResult[]> {
  const nix = localNix(config.root)
  const { checks, broken } = await findChecks(nix, await projectFlakes(config), overrides)
  if (checks.length + broken.length === 0) {
    throw usageError({
      what: 'no flake of this project has checks for this machine',
      next: 'Add some to flake.nix, as `checks.x86_64-linux.tests`: derivations that build only where all is well.',
    })
  }
  for (const result of broken) onEvent({ type: 'finished', result })
  const { results, mismatches } = await runChecks(nix, checks, onEvent)
  if (mismatches.length > 0) throw new HashMismatchError(mismatches, nix.where)
  return [...results, ...broken]
}
