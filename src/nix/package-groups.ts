import type { PackageRef } from '../config/resolved.js'
import { parseInstallable } from './installable.js'

/** Packages that one evaluation can be asked for, and where they are in it. */
export type Together = { refs: PackageRef[] } & (
  | { kind: 'file'; file: string; attrs: (string | undefined)[] }
  /** Packages of a flake for one system. */
  | { kind: 'packages'; flake: string; paths: string[][] }
  /** What stands below one of its outputs. */
  | { kind: 'output'; flake: string; output: string; paths: string[][] }
)

export type PackageGroup = Together | { kind: 'single'; refs: PackageRef[] }

/** How many packages one command asks for: Linux takes 128 KB in one word of it. */
const MOST_PACKAGES = 250

/** Outputs whose attributes are named in full, as `nixosConfigurations.web`, and not looked for among the packages. */
const OUTPUTS = ['packages', 'legacyPackages', 'nixosConfigurations', 'deploy']

/** Sorts different packages into those that can be evaluated together. */
export function groupPackages(refs: readonly PackageRef[]): PackageGroup[] {
  const groups = new Map<string, PackageRef[]>()
  for (const ref of refs) {
    const key = groupKey(ref)
    groups.set(key, [...(groups.get(key) ?? []), ref])
  }
  return [...groups.values()].flatMap((members) => inPieces(members).map(asGroup))
}

function groupKey(ref: PackageRef): string {
  if ('module' in ref) return JSON.stringify(['module', ref.module])
  if ('text' in ref) return JSON.stringify(['text', ref.name, ref.text])
  if (ref.server !== undefined) return JSON.stringify(['single', ref])
  if ('file' in ref) return JSON.stringify(['file', ref.file])
  const { flake, path } = parseInstallable(ref.flake)
  if (path === undefined) return JSON.stringify(['single', ref.flake])
  return JSON.stringify([outputOf(path) ?? null, flake])
}

function inPieces(refs: readonly PackageRef[]): PackageRef[][] {
  const pieces: PackageRef[][] = []
  for (let from = 0; from < refs.length; from += MOST_PACKAGES)
    pieces.push(refs.slice(from, from + MOST_PACKAGES))
  return pieces
}

function asGroup(refs: PackageRef[]): PackageGroup {
  const [first] = refs
  if (first === undefined || refs.length === 1 || 'module' in first || 'text' in first) {
    return { kind: 'single', refs }
  }
  if ('file' in first) {
    return {
      kind: 'file',
      file: first.file,
      attrs: refs.map((ref) => ('file' in ref ? ref.attr : undefined)),
      refs,
    }
  }
  const { flake } = parseInstallable(first.flake)
  const paths = refs.map((ref) => ('flake' in ref ? (parseInstallable(ref.flake).path ?? []) : []))
  const output = outputOf(paths[0] ?? [])
  if (output === undefined) return { kind: 'packages', flake, paths, refs }
  return { kind: 'output', flake, output, paths: paths.map((path) => path.slice(1)), refs }
}

/** The output that a path begins with; undefined where Nix looks for it among the packages first. */
function outputOf(path: readonly string[]): string | undefined {
  const [first, ...rest] = path
  return rest.length > 0 ? OUTPUTS.find((output) => output === first) : undefined
}
