import { usageError } from '../../../errors.js'
import { readToml, strings, type Table, table, text } from '../manifest.js'
import { type FileTree, filesIn, hasFile, inDir, literal, whereIs } from '../tree.js'
import { type CrateDependency, defaultFeatures, dependenciesOf, type Workspace } from './dependencies.js'
import { hasCrate, memberDirs, missingCrate } from './members.js'

/** A crate of the repository. */
export interface Crate {
  /** Its folder. */
  dir: string
  manifest: Table
  name: string
  /** undefined where the workspace says it. */
  version: string | undefined
  binaries: Binary[]
  /** The program that `cargo run` starts. */
  defaultRun: string | undefined
  hasLibrary: boolean
  dependencies: CrateDependency[]
}

/** A program of a crate. */
export interface Binary {
  name: string
  /** The file with its `main`. */
  file: string
  /** Features without which cargo doesn't build it, and that are not on by default. */
  features: string[]
}

/** The crates that `Cargo.toml` in a folder stands for: a package, a workspace, or both. */
export function readCrates(tree: FileTree, dir: string): { root: Table; crates: Crate[] } {
  const root = readToml(tree, inDir(dir, 'Cargo.toml'))
  const workspace = root.workspace === undefined ? undefined : { dir, root }
  const dirs = [...(root.package ? [dir] : []), ...(workspace ? memberDirs(tree, dir, root) : [])]
  const crates = [...new Set(dirs)].map((member) => readCrate(tree, member, workspace))
  // Crates that are depended on by their path are members of the workspace that they lie in.
  for (const crate of crates) {
    for (const path of localDirs(tree, crate)) {
      if (workspace && isInside(dir, path) && !crates.some((other) => other.dir === path)) {
        crates.push(readCrate(tree, path, workspace))
      }
    }
  }
  return { root, crates }
}

/** Crates of the repository that are built with those of a folder, and are not of it: a neighbour's. */
export function neighbours(tree: FileTree, crates: readonly Crate[]): Crate[] {
  const found: Crate[] = []
  for (const crate of crates) collect(crate)
  return found

  function collect(crate: Crate): void {
    for (const path of localDirs(tree, crate)) {
      if ([...crates, ...found].some((other) => other.dir === path)) continue
      const next = readCrate(tree, path, undefined)
      found.push(next)
      collect(next)
    }
  }
}

function isInside(dir: string, path: string): boolean {
  return dir === '' || path === dir || path.startsWith(`${dir}/`)
}

/** The folders of the crates that a crate names by a path. */
function localDirs(tree: FileTree, { dir, dependencies }: Crate): string[] {
  return dependencies
    .filter(({ spec }) => text(spec, 'path') !== undefined)
    .map(({ key, spec, dir: path }) => {
      if (path !== undefined && hasCrate(tree, path)) return path
      const file = inDir(dir, 'Cargo.toml')
      const { line } = whereIs(
        tree,
        file,
        new RegExp(`^\\s*"?${literal(key)}"?\\s*[=.]|\\.${literal(key)}\\]`),
      )
      const where = path === undefined ? 'is outside of this folder' : 'has no Cargo.toml'
      throw missingCrate(tree, `${file}:${line}: ${key} is at ${text(spec, 'path')}, which ${where}`, path)
    })
}

function readCrate(tree: FileTree, dir: string, workspace: Workspace | undefined): Crate {
  const file = inDir(dir, 'Cargo.toml')
  const manifest = workspace?.dir === dir ? workspace.root : readToml(tree, file)
  const name = text(manifest, 'package', 'name')
  if (name === undefined) {
    throw usageError({
      what: `${file} names no package`,
      still: 'Nothing was written.',
      next: 'Add `[package]` with a `name`, or `[workspace]` with `members`.',
    })
  }
  return {
    dir,
    manifest,
    name,
    version: text(manifest, 'package', 'version'),
    binaries: binariesOf(tree, dir, manifest, name),
    defaultRun: text(manifest, 'package', 'default-run'),
    hasLibrary: manifest.lib !== undefined || hasFile(tree, inDir(dir, 'src/lib.rs')),
    dependencies: dependenciesOf(manifest, dir, workspace),
  }
}

/** Cargo's own rules: `[[bin]]`, `src/main.rs`, `src/bin/*`. */
function binariesOf(tree: FileTree, dir: string, manifest: Table, name: string): Binary[] {
  const found = new Map<string, Binary>()
  const on = defaultFeatures(manifest)
  const add = (binary: string, file: string, features: string[] = []) => {
    if (hasFile(tree, inDir(dir, file)) && !found.has(binary)) {
      const missing = features.filter((feature) => !on.has(feature))
      found.set(binary, { name: binary, file: inDir(dir, file), features: missing })
    }
  }
  for (const entry of Array.isArray(manifest.bin) ? manifest.bin : []) {
    const binary = text(entry, 'name') ?? name
    const path = text(entry, 'path') ?? usualFile(tree, dir, binary, name)
    add(binary, path.replace(/^\.\//, ''), strings(entry, 'required-features'))
  }
  if (table(manifest, 'package').autobins !== false) {
    const taken = new Set([...found.values()].map(({ file }) => file))
    if (!taken.has(inDir(dir, 'src/main.rs'))) add(name, 'src/main.rs')
    const bins = inDir(dir, 'src/bin')
    for (const file of filesIn(tree, bins)) {
      const match = /^([^/]+)(?:\.rs|\/main\.rs)$/.exec(file.slice(bins.length + 1))
      if (match?.[1] && !taken.has(file)) add(match[1], file.slice(dir === '' ? 0 : dir.length + 1))
    }
  }
  const first = text(manifest, 'package', 'default-run')
  return [...found.values()].sort((a, b) => Number(b.name === first) - Number(a.name === first))
}

/** Where cargo looks for a program that names no file. */
function usualFile(tree: FileTree, dir: string, binary: string, crate: string): string {
  const files = [`src/bin/${binary}.rs`, `src/bin/${binary}/main.rs`]
  const usual = files.find((file) => hasFile(tree, inDir(dir, file)))
  return usual ?? (binary === crate ? 'src/main.rs' : `src/bin/${binary}.rs`)
}
