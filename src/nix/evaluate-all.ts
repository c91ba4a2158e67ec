import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import type { PackageRef } from '../config/resolved.js'
import { type Evaluated, evaluate, pathIn } from './evaluate.js'
import { currentSystem, evalFileGroup, evalFlakeGroup, type NixCommand } from './nix-command.js'
import type { NixResult, NixRunner } from './nix-runner.js'
import { groupPackages, type PackageGroup, type Together } from './package-groups.js'
import { ownSystem } from './settings.js'
import { takeEvaluated } from './under-way.js'

/** A package, and the field of the config that names it. */
export interface PackageAt {
  at: string
  ref: PackageRef
}

/** How many evaluations run at once, at most: each holds what it evaluates in memory, of nixpkgs hundreds of MB. */
const MOST_EVALUATIONS = 4

/**
 * Evaluates packages: those of one flake, or of one file, together.
 * @returns what {@link evaluate} gives for each, in their order.
 * @throws SlipwayError for the first that can't be evaluated.
 */
export async function evaluateAll(
  nix: NixRunner,
  items: readonly PackageAt[],
  overrides: Record<string, string>,
  system?: string,
): Promise<Evaluated[]> {
  const here = nix.isLocal && system === undefined
  const known = await Promise.all(items.map(({ ref }) => (here ? takeEvaluated(ref, overrides) : null)))
  const missing = items.filter((_, index) => !known[index])
  const evaluated = await evaluateNew(nix, missing, overrides, system)
  const next = evaluated.values()
  return known.map((found) => found ?? (next.next().value as Evaluated))
}

async function evaluateNew(
  nix: NixRunner,
  items: readonly PackageAt[],
  overrides: Record<string, string>,
  system: string | undefined,
): Promise<Evaluated[]> {
  const limit = pLimit(Math.min(MOST_EVALUATIONS, availableParallelism()))
  const different = new Map(items.map(({ ref }) => [keyOf(ref), ref]))
  const run = (command: NixCommand) => limit(() => nix.run(command))
  const together = evaluateTogether({ nix, run, overrides, system }, groupPackages([...different.values()]))
  const results = new Map<string, Promise<Evaluated>>()
  for (const { at, ref } of items) {
    const key = keyOf(ref)
    if (results.has(key)) continue
    const alone = () => limit(() => evaluate(nix, at, ref, overrides, system))
    const result = (together.get(key) ?? Promise.resolve(null)).then((found) => found ?? alone())
    // The first failure is told of, in the order of the config; others aren't.
    result.catch(() => undefined)
    results.set(key, result)
  }
  const evaluated: Evaluated[] = []
  for (const { ref } of items) evaluated.push(await (results.get(keyOf(ref)) as Promise<Evaluated>))
  return evaluated
}

function keyOf(ref: PackageRef): string {
  if ('module' in ref) return JSON.stringify(ref.module)
  if ('text' in ref) return JSON.stringify(['text', ref.name, ref.text])
  const { server = null } = ref
  return JSON.stringify('flake' in ref ? [server, ref.flake] : [server, ref.file, ref.attr ?? null])
}

interface Evaluation {
  nix: NixRunner
  run(command: NixCommand): Promise<NixResult>
  overrides: Record<string, string>
  system: string | undefined
}

/** What each package comes to, by its key; null: that is to be found out for it alone. */
function evaluateTogether(
  evaluation: Evaluation,
  groups: readonly PackageGroup[],
): Map<string, Promise<Evaluated | null>> {
  const systems = groups.some(({ kind }) => kind === 'packages') ? systemsOf(evaluation) : undefined
  const known = new Map<string, Promise<Evaluated | null>>()
  for (const group of groups) {
    if (group.kind === 'single') continue
    const all =
      group.kind === 'packages' && systems !== undefined
        ? evaluatePackages(evaluation, group, systems)
        : ask(evaluation, commandOf(evaluation, group, null))
    for (const [index, ref] of group.refs.entries()) {
      known.set(
        keyOf(ref),
        all.then((results) => results[index] ?? null),
      )
    }
  }
  return known
}

/** The system to evaluate for: as it is known now, and as it turns out. */
interface Systems {
  likely: string | undefined
  real: Promise<string | undefined>
}

function systemsOf({ nix, run, system }: Evaluation): Systems {
  if (system !== undefined) return { likely: system, real: Promise.resolve(system) }
  const real = run(currentSystem()).then(({ exitCode, stdout }) =>
    exitCode === 0 ? (JSON.parse(stdout) as string) : undefined,
  )
  return { likely: nix.isLocal ? ownSystem() : undefined, real }
}

/** Nix's settings decide what this machine's system is. That is nearly always what it seems, so nobody waits for it. */
async function evaluatePackages(
  evaluation: Evaluation,
  group: Together,
  { likely, real }: Systems,
): Promise<(Evaluated | null)[]> {
  const asLikely = likely === undefined ? undefined : ask(evaluation, commandOf(evaluation, group, likely))
  const system = await real
  if (asLikely !== undefined && system === likely) return asLikely
  return system === undefined ? [] : ask(evaluation, commandOf(evaluation, group, system))
}

function commandOf({ nix, overrides, system }: Evaluation, group: Together, of: string | null): NixCommand {
  switch (group.kind) {
    case 'file':
      return evalFileGroup(pathIn(nix.folder, group.file), group.attrs, overrides, system)
    case 'packages':
      return evalFlakeGroup({ flake: group.flake, output: 'packages', of }, group.paths, overrides, system)
    default:
      return evalFlakeGroup({ flake: group.flake, output: group.output, of }, group.paths, overrides, system)
  }
}

/** Nothing where it fails: asked for one by one, the package that is wrong is named. */
async function ask({ run }: Evaluation, command: NixCommand): Promise<(Evaluated | null)[]> {
  const { exitCode, stdout } = await run(command)
  return exitCode === 0 ? (JSON.parse(stdout) as (Evaluated | null)[]) : []
}
