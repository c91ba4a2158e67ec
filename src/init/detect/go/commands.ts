import { matches, readSources, type Source } from '../source.js'
import { dirOf, type FileTree, filesIn, inDir } from '../tree.js'
import { isBuilt } from './build-constraints.js'

/** A program of a Go module. */
export interface GoCommand {
  name: string
  /** Its folder. */
  dir: string
  /** Its own sources first, then those of the repository's packages it imports. */
  sources: Source[]
}

/** Folders that go leaves out (`go help packages`), and examples; files that begin so, too. */
const SKIPPED = /(?:^|\/)(?:(?:vendor|testdata|examples?|[._][^/]*|node_modules)\/|[._][^/]*$)/

/** The programs of a module: its `main` packages. `modules` are the repository's, by path, with their folders. */
export function goCommands(
  tree: FileTree,
  dir: string,
  modulePath: string,
  modules: ReadonlyMap<string, string>,
): GoCommand[] {
  const packages = new Map<string, Source[]>()
  for (const source of [...new Set(modules.values())].flatMap((folder) => sourcesOf(tree, folder))) {
    const folder = dirOf(source.file)
    packages.set(folder, [...(packages.get(folder) ?? []), source])
  }
  const own = new Set(sourcesOf(tree, dir).map(({ file }) => dirOf(file)))
  return [...packages]
    .filter(([folder, sources]) => own.has(folder) && isCommand(sources))
    .map(([folder]) => ({
      name: (folder === dir ? moduleName(modulePath) : folder.split('/').at(-1)) ?? folder,
      dir: folder,
      sources: imported(packages, folder, modules),
    }))
    .sort((a, b) => (a.dir < b.dir ? -1 : 1))
}

/** The sources of a module that are compiled for Linux. */
function sourcesOf(tree: FileTree, dir: string): Source[] {
  return allSources(tree, dir).filter(({ file, raw }) => isBuilt(file, raw))
}

/** Files with a `main` that are not compiled for Linux. */
export function commandsElsewhere(tree: FileTree, dir: string): string[] {
  return allSources(tree, dir)
    .filter((source) => !isBuilt(source.file, source.raw) && isCommand([source]))
    .map(({ file }) => file)
}

/** The sources of a module, without those of modules inside of it. */
function allSources(tree: FileTree, dir: string): Source[] {
  const start = dir === '' ? 0 : dir.length + 1
  const nested = filesIn(tree, dir)
    .filter((file) => file.endsWith('/go.mod') && dirOf(file) !== dir)
    .map(dirOf)
  const files = filesIn(tree, dir).filter(
    (file) =>
      file.endsWith('.go') &&
      !file.endsWith('_test.go') &&
      !SKIPPED.test(file.slice(start)) &&
      !nested.some((other) => file.startsWith(`${other}/`)),
  )
  return readSources(tree, files, 'c')
}

function isCommand(sources: readonly Source[]): boolean {
  return sources.some(
    ({ text }) => /^\s*package\s+main\s*(?:;|$)/m.test(text) && /^\s*func\s+main\s*\(\s*\)/m.test(text),
  )
}

/** The last part of a module path that is no version: `app` of `example.com/app/v2`. */
export function moduleName(path: string): string {
  const parts = path.split('/')
  const last = (parts.at(-1) ?? path).replace(/\.v\d+$/, '')
  return /^v\d+$/.test(last) ? (parts.at(-2) ?? last) : last
}

function imported(
  packages: Map<string, Source[]>,
  folder: string,
  modules: ReadonlyMap<string, string>,
): Source[] {
  const seen = new Set([folder])
  // The longest path is the innermost module.
  const byLength = [...modules].sort(([a], [b]) => b.length - a.length)
  for (const current of seen) {
    for (const { groups } of matches(packages.get(current) ?? [], /["`](?<path>[^"`\s]+)["`]/)) {
      const path = groups.path ?? ''
      const [module, dir] = byLength.find(([name]) => path === name || path.startsWith(`${name}/`)) ?? []
      if (module === undefined || dir === undefined) continue
      const next = inDir(dir, path.slice(module.length + 1))
      if (packages.has(next)) seen.add(next)
    }
  }
  return [...seen].flatMap((current) => packages.get(current) ?? [])
}
