import { availableParallelism } from 'node:os'
import pLimit, { type LimitFunction } from 'p-limit'
import type { PackageRef } from '../config/resolved.js'
import { type Evaluated, evaluate, pathOf } from './evaluate.js'
import { type AttributePath, attributePath } from './installable.js'
import { currentSystem, evalFileGroup, evalFlakeGroup, type NixCommand } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'
import { ownSystem } from './settings.js'

/** A package, and the field of the config that names it. */
export interface PackageAt {
  at: string
  ref: PackageRef
}

/** How many evaluations run at once, at most: each holds what it evaluates in memory, hundreds of MB for nixpkgs. */
const MOST_EVALUATIONS = 4
/** How many packages one command asks for: Linux takes 128 KB in one word of it. */
const MOST_PACKAGES = 250

/** Outputs of a flake whose attributes are meant as they stand, not as those of a package. */
const OUTPUTS = ['packages', 'legacyPackages', 'nixosConfigurations', 'deploy']

/**
 * Evaluates packages, those of one flake or file together.
 * @returns what {@link evaluate} gives for each, in their order.
 * @throws SlipwayError of the first that can't be evaluated.
 */
export async function evaluateAll(
  nix: NixRunner,
  items: readonly PackageAt[],
  overrides: Record<string, string>,
  system?: string,
): Promise<Evaluated[]> {
  const limit = pLimit(Math.min(MOST_EVALUATIONS, availableParallelism()))
  const wanted = new Map(items.map((item) => [keyOf(item.ref), item]))
  const one = ({ at, ref }: PackageAt) => limit(() => evaluate(nix, at, ref, overrides, system))
  const groups = groupsOf([...wanted.values()])
  const forSystem = groups.some((group) => group.items.length > 1 && group.output === PACKAGES)
    ? systemOf(nix, limit, system)
    : undefined
  const found = new Map<string, Promise<Evaluated>>()
  for (const group of groups) {
    const together =
      group.items.length === 1
        ? Promise.resolve([])
        : evaluateGroup(nix, group, overrides, system, limit, forSystem)
    for (const [index, item] of group.items.entries()) {
      const result = together.then((all) => all[index] ?? one(item))
      // The first that fails, in the order of the config, is told of; the others fail unheard.
      result.catch(() => undefined)
      found.set(keyOf(item.ref), result)
    }
  }
  const results: Evaluated[] = []
  for (const item of items) results.push(await (found.get(keyOf(item.ref)) ?? one(item)))
  return results
}

function keyOf(ref: PackageRef): string {
  return 'flake' in ref ? JSON.stringify([ref.flake]) : JSON.stringify([ref.file, ref.attr ?? null])
}

/** Stands for the packages of a flake for one system. */
const PACKAGES = Symbol('packages')

/** Packages that one command can ask for. */
interface Group {
  source: { flake: string } | { file: string }
  output: string | typeof PACKAGES | undefined
  items: PackageAt[]
  paths: AttributePath[]
}

function groupsOf(items: readonly PackageAt[]): Group[] {
  const groups = new Map<string, Group>()
  for (const item of items) {
    const { key, ...group } = groupOf(item)
    const existing = groups.get(key)
    if (existing === undefined || existing.items.length >= MOST_PACKAGES) {
      groups.set(existing === undefined ? key : `${key} ${groups.size}`, group)
    } else {
      existing.items.push(...group.items)
      existing.paths.push(...group.paths)
    }
  }
  return [...groups.values()]
}
