import { matches, readSources, type Source } from '../source.js'
import { dirOf, type FileTree, filesIn, inDir } from '../tree.js'

/** A program of a Go module. */
export interface GoCommand {
  name: string
  /** Its folder. */
  dir: string
  /** Its own sources first, then those of the module's packages it imports. */
  sources: Source[]
}

const SKIPPED = /(?:^|\/)(?:vendor|testdata|examples?|_[^/]*|node_modules)\//

/** The programs of a module: its `main` packages. */
export function goCommands(tree: FileTree, dir: string, modulePath: string): GoCommand[] {
  const start = dir === '' ? 0 : dir.length + 1
  const nested = tree.files
    .filter((file) => file.endsWith('/go.mod') && dirOf(file) !== dir && file.startsWith(dir))
    .map(dirOf)
  const files = filesIn(tree, dir).filter(
    (file) =>
      file.endsWith('.go') &&
      !file.endsWith('_test.go') &&
      !SKIPPED.test(file.slice(start)) &&
      !nested.some((other) => file.startsWith(`${other}/`)),
  )
  const sources = readSources(tree, files, 'c').filter(({ raw }) => !/^\/\/go:build ignore$/m.test(raw))
  const packages = new Map<string, Source[]>()
  for (const source of sources) {
    const folder = dirOf(source.file)
    packages.set(folder, [...(packages.get(folder) ?? []), source])
  }
  return [...packages]
    .filter(([, of]) => of.some(({ text }) => /^package main$/m.test(text) && /^func main\(\)/m.test(text)))
    .map(([folder]) => ({
      name: (folder === dir ? moduleName(modulePath) : folder.split('/').at(-1)) ?? folder,
      dir: folder,
      sources: imported(packages, folder, dir, modulePath),
    }))
    .sort((a, b) => (a.dir < b.dir ? -1 : 1))
}

/** The last part of a module path that is no version: `app` of `example.com/app/v2`. */
export function moduleName(path: string): string {
  const parts = path.split('/')
  const last = parts.at(-1) ?? path
  return /^v\d+$/.test(last) ? (parts.at(-2) ?? last) : last
}

function imported(
  packages: Map<string, Source[]>,
  folder: string,
  dir: string,
  modulePath: string,
): Source[] {
  const seen = new Set([folder])
  for (const current of seen) {
    for (const { groups } of matches(packages.get(current) ?? [], /["`](?<path>[^"`\s]+)["`]/)) {
      const path = groups.path ?? ''
      if (path !== modulePath && !path.startsWith(`${modulePath}/`)) continue
      const next = inDir(dir, path.slice(modulePath.length + 1))
      if (packages.has(next)) seen.add(next)
    }
  }
  return [...seen].flatMap((current) => packages.get(current) ?? [])
}
