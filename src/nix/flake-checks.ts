import type { BuildRecord } from './build-record.js'
import { BuildTimes } from './build-times.js'
import { endOfError, isAttributeMissing } from './evaluate.js'
import type { HashMismatch } from './hashes/mismatch.js'
import type { BuildEvent } from './internal-json.js'
import { evalChecks, invalidPaths, listChecks, requisites } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'
import { mismatchesOf, recordedBuild } from './realise.js'
import { ownSystem, parallelJobs } from './settings.js'

/** A check of a flake: a derivation that can be built only where something holds. */
export interface FlakeCheck {
  /** The flake, as the config names it. */
  flake: string
  name: string
  drv: string
  out: string
}

/** How a check went. */
export interface CheckResult {
  flake: string
  name: string
  ok: boolean
  /** How long it ran; null where it didn't: it passed before, or something it needs failed. */
  seconds: number | null
  /** What failed: the check's derivation, or one that it needs. */
  failed: string | null
  /** The last lines of its log, or what Nix says. */
  log: string[]
}

/** What is known while checks run. */
export type CheckEvent =
  | { type: 'started'; check: FlakeCheck }
  | { type: 'line'; check: FlakeCheck; line: string }
  | { type: 'finished'; result: CheckResult }
  /** Something that a check needs is built or fetched. */
  | { type: 'preparing'; event: BuildEvent }

/** The checks of flakes for this machine's system, and those that can't even be evaluated. */
export async function findChecks(
  nix: NixRunner,
  flakes: readonly string[],
  overrides: Record<string, string>,
): Promise<{ checks: FlakeCheck[]; broken: CheckResult[] }> {
  const found = await Promise.all(flakes.map((flake) => checksOf(nix, flake, overrides)))
  return { checks: found.flatMap(({ checks }) => checks), broken: found.flatMap(({ broken }) => broken) }
}

async function checksOf(nix: NixRunner, flake: string, overrides: Record<string, string>) {
  const listed = await nix.run(listChecks(flake, ownSystem(), overrides))
  if (listed.exitCode !== 0) {
    const none = isAttributeMissing(listed.stderr)
    return { checks: [], broken: none ? [] : [unevaluated(flake, 'checks', listed.stderr)] }
  }
  const names = JSON.parse(listed.stdout) as string[]
  const all = await evaluateChecks(nix, flake, names, overrides)
  if ('checks' in all) return { checks: all.checks, broken: [] }
  // One that can't be evaluated hides the others: each on its own, then.
  const each = await Promise.all(
    names.map(async (name) => ({ name, ...(await evaluateChecks(nix, flake, [name], overrides)) })),
  )
  return {
    checks: each.flatMap((item) => ('checks' in item ? item.checks : [])),
    broken: each.flatMap((item) => ('error' in item ? [unevaluated(flake, item.name, item.error)] : [])),
  }
}

async function evaluateChecks(
  nix: NixRunner,
  flake: string,
  names: readonly string[],
  overrides: Record<string, string>,
): Promise<{ checks: FlakeCheck[] } | { error: string }> {
  const result = await nix.run(evalChecks(flake, ownSystem(), names, overrides))
  if (result.exitCode !== 0) return { error: result.stderr }
  const found = Object.entries(JSON.parse(result.stdout) as Record<string, { drv: string; out: string }>)
  return { checks: found.map(([name, paths]) => ({ flake, name, ...paths })) }
}

function unevaluated(flake: string, name: string, stderr: string): CheckResult {
  const log = endOfError(stderr).split('\n')
  return { flake, name, ok: false, seconds: null, failed: null, log }
}

/** Runs checks side by side, all of them whatever fails. */
export async function runChecks(
  nix: NixRunner,
  checks: readonly FlakeCheck[],
  onEvent: (event: CheckEvent) => void,
): Promise<{ results: CheckResult[]; mismatches: HashMismatch[] }> {
  const results = new Map<FlakeCheck, CheckResult>()
  const times = new BuildTimes()
  const finish = (check: FlakeCheck, own: Partial<CheckResult> = {}) => {
    if (results.has(check)) return
    const { flake, name, drv } = check
    const result = { flake, name, ok: true, seconds: times.seconds(drv), failed: null, log: [], ...own }
    results.set(check, result)
    onEvent({ type: 'finished', result })
  }
  const finishPassed = async (candidates: readonly FlakeCheck[], at = Date.now()) => {
    if (candidates.length === 0) return
    const { stdout } = await nix.run(invalidPaths(candidates.map(({ out }) => out)))
    const missing = new Set(stdout.split('\n'))
    for (const check of candidates) {
      if (missing.has(check.out)) continue
      times.end(check.drv, at)
      finish(check)
    }
  }
  const running = new Set<FlakeCheck>()
  let passed = Promise.resolve()
  const onBuild = (event: BuildEvent) => {
    const drv = 'derivation' in event ? event.derivation : undefined
    if (times.add(event)) {
      const at = Date.now()
      passed = passed.then(() =>
        finishPassed(
          [...running].filter((check) => !results.has(check)),
          at,
        ),
      )
    }
    if (event.type === 'counted') return
    const own = checks.filter((check) => check.drv === drv)
    if (own.length === 0 || drv === undefined) return onEvent({ type: 'preparing', event })
    if (event.type === 'building') {
      for (const check of own) {
        running.add(check)
        onEvent({ type: 'started', check })
      }
    } else if (event.type === 'log') {
      for (const check of own) onEvent({ type: 'line', check, line: event.line })
    }
  }
  await finishPassed(checks)
  const rest = checks.filter((check) => !results.has(check)).map(({ drv }) => drv)
  let mismatches: HashMismatch[] = []
  if (rest.length > 0) {
    const options = { keepGoing: true, jobs: await parallelJobs(nix) }
    const { record } = await recordedBuild(nix, [...new Set(rest)], options, onBuild)
    await passed
    await finishPassed(checks)
    for (const check of checks.filter((item) => !results.has(item))) {
      const cause = await causeOf(nix, check, record)
      if (cause.failed === check.drv) times.fail(check.drv)
      finish(check, { ok: false, ...cause })
    }
    mismatches = await mismatchesOf(nix, record, onBuild)
  }
  return { results: checks.flatMap((check) => results.get(check) ?? []), mismatches }
}

/** Why a check could not be built: its own failure, or that of something it needs. */
async function causeOf(
  nix: NixRunner,
  check: FlakeCheck,
  record: BuildRecord,
): Promise<Pick<CheckResult, 'failed' | 'log'>> {
  const failures = record.failures()
  const needed = failures.has(check.drv) ? [check.drv] : await neededBy(nix, check.drv)
  const failed = needed.find((drv) => failures.has(drv)) ?? null
  const log = failed === null ? [] : record.logOf(failed)
  const said = failed === null ? [...failures.values()].join('\n') : (failures.get(failed) ?? '')
  return { failed, log: log.length > 0 ? log : said.split('\n') }
}

async function neededBy(nix: NixRunner, drv: string): Promise<string[]> {
  return (await nix.run(requisites([drv]))).stdout.split('\n')
}
