import type { Config } from '../config/resolved.js'
import { SlipwayError, usageError } from '../errors.js'
import { type CheckResult, type FlakeCheck, findChecks, runChecks } from '../nix/flake-checks.js'
import { HashMismatchError } from '../nix/hashes/error.js'
import type { HashFixer } from '../nix/hashes/fix.js'
import { localNix } from '../nix/nix-runner.js'
import { projectFlakes } from '../nix/project-flakes.js'
import { timedNix } from './debug.js'
import type { Engine } from './engine.js'
import { fixHashes, type HashPolicy } from './hashes.js'
import { tellUnlocked } from './inputs.js'
import { unlessInterrupted } from './interrupt.js'

/**
 * Runs all checks of the flakes of a project.
 * @throws SlipwayError where there is none: what checks nothing must not look like what passed.
 */
export async function check(
  engine: Engine,
  config: Config,
  { overrides, hashes }: { overrides: Record<string, string>; hashes: HashPolicy },
): Promise<CheckResult[]> {
  await tellUnlocked(engine, config, config, overrides)
  return checkProject(engine, config, overrides, fixHashes(engine, config.root, hashes))
}

/**
 * Lets a deploy go on only where all checks pass.
 * @throws SlipwayError that names those that failed, after each was told.
 */
export async function requireChecks(
  engine: Engine,
  config: Config,
  overrides: Record<string, string>,
  rebuild: HashFixer,
): Promise<void> {
  const results = await checkProject(engine, config, overrides, rebuild)
  const failed = results.filter(({ ok }) => !ok)
  if (failed.length === 0) return
  for (const result of failed) engine.tell({ type: 'check-failed', result })
  throw new SlipwayError({
    what: `${failed.length} of ${results.length} checks failed: ${failed.map(checkName).join(', ')}`,
    still: 'Nothing was changed on any host.',
    next: 'Correct it and deploy again; --no-check deploys all the same.',
  })
}

/** The check's name; with its flake, where that is not the config's own. */
export function checkName({ flake, name }: Pick<FlakeCheck, 'flake' | 'name'>): string {
  return flake === '.' ? name : `${flake}#${name}`
}

async function checkProject(
  engine: Engine,
  config: Config,
  overrides: Record<string, string>,
  rebuild: HashFixer,
): Promise<CheckResult[]> {
  const results = await unlessInterrupted(
    engine.signal,
    rebuild(() => runAll(engine, config, overrides)),
  )
  engine.tell({ type: 'checked' })
  return results
}

async function runAll(
  engine: Engine,
  config: Config,
  overrides: Record<string, string>,
): Promise<CheckResult[]> {
  const nix = timedNix(engine, localNix(config.root))
  const { checks, broken } = await findChecks(nix, await projectFlakes(config), overrides)
  if (checks.length + broken.length === 0) {
    throw usageError({
      what: 'no flake of this project has checks for this machine',
      next: 'Add some to flake.nix, as `checks.x86_64-linux.tests`: derivations that build only where all is well.',
    })
  }
  for (const result of broken) engine.tell({ type: 'check', event: { type: 'finished', result } })
  const { results, mismatches } = await runChecks(nix, checks, (event) =>
    engine.tell({ type: 'check', event }),
  )
  if (mismatches.length > 0) throw new HashMismatchError(mismatches, nix.where)
  return [...results, ...broken]
}
