import { matches, readSources, type Source } from '../source.js'
import { dirOf, type FileTree, filesIn, hasFile, inDir } from '../tree.js'
import type { PackageJson } from './package-json.js'

/** The file that a Node server starts with. */
export interface NodeEntry {
  /** As Node is given it: perhaps built. */
  entry: string
  args: string[]
  /** The source it is made from. */
  source: string | undefined
}

const USUAL = [
  'server.js',
  'server.mjs',
  'index.js',
  'index.mjs',
  'app.js',
  'main.js',
  'src/server.js',
  'src/index.js',
  'src/app.js',
]

/** The file that `npm start` runs, else `main`, else one with a usual name that listens. */
export function findEntry(tree: FileTree, dir: string, json: PackageJson): NodeEntry | undefined {
  const start = /^(?:\w+=\S+\s+)*node\s+((?:-\S+\s+)*)([\w./@-]+)\s*(.*)$/.exec(
    json.scripts.start?.trim() ?? '',
  )
  const candidates = [
    start && { entry: start[2] ?? '', args: (start[3] ?? '').split(/\s+/).filter(Boolean) },
    json.main === undefined ? undefined : { entry: json.main, args: [] },
    ...USUAL.map((entry) => ({ entry, args: [] })),
  ]
  for (const candidate of candidates) {
    if (!candidate) continue
    const entry = candidate.entry.replace(/^\.\//, '')
    const source = sourceOf(tree, dir, entry)
    const listens =
      source !== undefined &&
      matches(readSources(tree, [source], 'c'), /\.listen\(|\bserve\(|createServer\(/).length > 0
    if (start ? source !== undefined || json.scripts.build !== undefined : listens) {
      return { entry: withEnding(tree, dir, entry), args: candidate.args, source }
    }
  }
  return undefined
}

/** The file that an entry is, or is built from: `dist/server.js` from `src/server.ts`. */
function sourceOf(tree: FileTree, dir: string, entry: string): string | undefined {
  const stem = entry.replace(/\.[cm]?js$/, '')
  const bare = stem.replace(/^(?:dist|build|out|lib)\//, '')
  const stems = [stem, `${stem}/index`, `src/${bare}`, bare, bare.replace(/^src\//, '')]
  const endings = ['', '.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx']
  return stems
    .flatMap((name) => endings.map((ending) => inDir(dir, name + ending)))
    .find((file) => /\.[cm]?[jt]sx?$/.test(file) && hasFile(tree, file))
}

function withEnding(tree: FileTree, dir: string, entry: string): string {
  if (/\.[cm]?js$/.test(entry)) return entry
  const found = [`${entry}.js`, `${entry}/index.js`, `${entry}.mjs`].find((file) =>
    hasFile(tree, inDir(dir, file)),
  )
  return found ?? `${entry}.js`
}

const SOURCE = /\.[cm]?[jt]sx?$/
const SKIPPED =
  /(?:^|\/)(?:node_modules|dist|build|tests?|__tests__|e2e|client|frontend|public|scripts)\/|\.(?:test|spec|config|d)\.[cm]?[jt]s$/

/** The sources of a server: what its entry imports, or all there are where that can't be followed. */
export function serverSources(tree: FileTree, dir: string, source: string | undefined): Source[] {
  const start = dir === '' ? 0 : dir.length + 1
  if (source === undefined) {
    const files = filesIn(tree, dir).filter((file) => SOURCE.test(file) && !SKIPPED.test(file.slice(start)))
    return readSources(tree, files, 'c')
  }
  const seen = new Set([source])
  for (const file of seen) {
    const imports = matches(
      readSources(tree, [file], 'c'),
      /(?:\bfrom|\brequire\(|\bimport\(?)\s*["'](?<path>\.{1,2}\/[^"']+|\.{1,2})["']/,
    )
    for (const { groups } of imports) {
      const found = resolveImport(tree, dirOf(file), groups.path ?? '')
      if (found !== undefined) seen.add(found)
    }
  }
  return readSources(tree, [...seen], 'c')
}

function resolveImport(tree: FileTree, dir: string, path: string): string | undefined {
  let current = dir
  for (const part of path.split('/')) {
    if (part === '..') current = dirOf(current)
    else if (part !== '.') current = inDir(current, part)
  }
  const stem = current.replace(/\.[cm]?js$/, '')
  const candidates = [
    current,
    ...['.ts', '.mts', '.tsx', '.js', '.mjs', '.cjs'].flatMap((ending) => [
      stem + ending,
      `${stem}/index${ending}`,
    ]),
  ]
  return candidates.find((file) => SOURCE.test(file) && hasFile(tree, file))
}
