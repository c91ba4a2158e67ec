import { usageError } from '../../../errors.js'
import { readToml, strings, type Table, table, text } from '../manifest.js'
import { dirOf, dirsIn, type FileTree, filesIn, hasFile, inDir, whereIs } from '../tree.js'

/** A crate of the repository. */
export interface Crate {
  /** Its folder. */
  dir: string
  manifest: Table
  name: string
  /** undefined where the workspace says it. */
  version: string | undefined
  binaries: Binary[]
  hasLibrary: boolean
  /** The folders of crates of the repository that it depends on. */
  paths: string[]
}

/** A program of a crate. */
export interface Binary {
  name: string
  /** The file with its `main`. */
  file: string
}

/** The crates that `Cargo.toml` in a folder stands for: a package, a workspace, or both. */
export function readCrates(tree: FileTree, dir: string): { root: Table; crates: Crate[] } {
  const file = inDir(dir, 'Cargo.toml')
  const root = readToml(tree, file)
  const members = strings(root, 'workspace', 'members').flatMap((glob) => memberDirs(tree, dir, glob))
  const excluded = new Set(strings(root, 'workspace', 'exclude').map((path) => inDir(dir, path)))
  const dirs = [...(root.package ? [dir] : []), ...members.filter((member) => !excluded.has(member))]
  const crates = [...new Set(dirs)].map((member) =>
    readCrate(tree, member, member === dir ? root : undefined),
  )
  return { root, crates }
}

function memberDirs(tree: FileTree, dir: string, glob: string): string[] {
  const path = inDir(dir, glob)
  if (!path.includes('*')) {
    if (!hasFile(tree, inDir(path, 'Cargo.toml'))) {
      const { line } = whereIs(tree, inDir(dir, 'Cargo.toml'), new RegExp(`["']${glob}["']`))
      throw usageError({
        what: `${inDir(dir, 'Cargo.toml')}:${line}: the workspace's member "${glob}" has no Cargo.toml`,
        still: 'Nothing was written.',
      })
    }
    return [path]
  }
  const parent = path.slice(0, path.indexOf('*')).replace(/\/$/, '')
  return dirsIn(tree, parent)
    .map((name) => inDir(parent, name))
    .filter((member) => hasFile(tree, inDir(member, 'Cargo.toml')))
}

function readCrate(tree: FileTree, dir: string, known: Table | undefined): Crate {
  const file = inDir(dir, 'Cargo.toml')
  const manifest = known ?? readToml(tree, file)
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
    hasLibrary: manifest.lib !== undefined || hasFile(tree, inDir(dir, 'src/lib.rs')),
    paths: pathDependencies(dir, manifest),
  }
}

/** Cargo's own rules: `[[bin]]`, `src/main.rs`, `src/bin/*`. */
function binariesOf(tree: FileTree, dir: string, manifest: Table, name: string): Binary[] {
  const found = new Map<string, string>()
  const add = (binary: string, file: string) => {
    if (hasFile(tree, inDir(dir, file)) && !found.has(binary)) found.set(binary, inDir(dir, file))
  }
  for (const entry of Array.isArray(manifest.bin) ? manifest.bin : []) {
    const binary = text(entry, 'name') ?? name
    add(binary, text(entry, 'path') ?? (binary === name ? 'src/main.rs' : `src/bin/${binary}.rs`))
  }
  if (table(manifest, 'package').autobins !== false) {
    const taken = new Set(found.values())
    if (!taken.has(inDir(dir, 'src/main.rs'))) add(name, 'src/main.rs')
    const bins = inDir(dir, 'src/bin')
    for (const file of filesIn(tree, bins)) {
      const match = /^([^/]+)(?:\.rs|\/main\.rs)$/.exec(file.slice(bins.length + 1))
      if (match?.[1] && !taken.has(file)) add(match[1], file.slice(dir === '' ? 0 : dir.length + 1))
    }
  }
  const first = text(manifest, 'package', 'default-run')
  return [...found]
    .map(([binary, file]) => ({ name: binary, file }))
    .sort((a, b) => Number(b.name === first) - Number(a.name === first))
}

const DEPENDENCY_TABLES = ['dependencies', 'build-dependencies', 'dev-dependencies']

/** The dependencies that a manifest names: the crates' own names, by the key they have there. */
export function dependenciesOf(manifest: Table): { key: string; crate: string; spec: unknown }[] {
  const tables = [manifest, ...Object.values(table(manifest, 'target'))]
  return tables.flatMap((holder) =>
    DEPENDENCY_TABLES.flatMap((name) =>
      Object.entries(table(holder, name)).map(([key, spec]) => ({
        key,
        crate: text(spec, 'package') ?? key,
        spec,
      })),
    ),
  )
}

function pathDependencies(dir: string, manifest: Table): string[] {
  return dependenciesOf(manifest).flatMap(({ spec }) => {
    const path = text(spec, 'path')
    return path === undefined ? [] : [joinPath(dir, path)]
  })
}

function joinPath(dir: string, path: string): string {
  let current = dir
  for (const part of path.split('/')) {
    if (part === '..') current = dirOf(current)
    else if (part !== '.' && part !== '') current = inDir(current, part)
  }
  return current
}
