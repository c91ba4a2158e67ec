import { matches, readSources, type Source } from '../source.js'
import { dirOf, type FileTree, filesIn, hasFile, inDir } from '../tree.js'
import type { PackageJson } from './package-json.js'

/** The file that a Node server starts with. */
export interface NodeEntry {
  /** As Node is given it: perhaps built. */
  entry: string
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

/** What looks as if it listened. */
const LISTENS = /\.listen\(|\bserve\(|createServer\(/

/** The file that Node finds by a word, as Node looks for it; undefined where it is neither there nor to be built. */
export function entryOf(
  tree: FileTree,
  json: PackageJson,
  given: string,
  isBuilt: boolean,
): NodeEntry | undefined {
  const plain = given.replace(/^\.\//, '').replace(/\/$/, '')
  const main = json.main?.replace(/^\.\//, '').replace(/\/$/, '')
  const named = plain === '' || plain === '.' ? main || 'index.js' : plain
  const source = sourceOf(tree, json.dir, named)
  if (source === undefined && !isBuilt) return undefined
  const entry = withEnding(tree, json.dir, named)
  return isBuilt || hasFile(tree, inDir(json.dir, entry)) ? { entry, source } : undefined
}

/** Where no script says what starts: `main`, or a file with a usual name, that listens. */
export function usualEntry(tree: FileTree, dir: string, json: PackageJson): NodeEntry | undefined {
  const names = [...(json.main === undefined ? [] : [json.main]), ...USUAL]
  for (const name of names) {
    const plain = name.replace(/^\.\//, '')
    const source = sourceOf(tree, dir, plain)
    if (source !== undefined && matches(readSources(tree, [source], 'c'), LISTENS).length > 0) {
      return { entry: withEnding(tree, dir, plain), source }
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

/** `dist/main` is `dist/main.js` to Node, or `dist/main/index.js`; what is built is taken for the former. */
function withEnding(tree: FileTree, dir: string, entry: string): string {
  if (/\.[cm]?[jt]sx?$/.test(entry)) return entry
  const candidates = [`${entry}.js`, `${entry}/index.js`, `${entry}.mjs`, `${entry}/index.mjs`]
  const found = candidates.find((file) => hasFile(tree, inDir(dir, file)))
  if (found !== undefined) return found
  return /(?:^|\/)(?:dist|build|out)$/.test(entry) ? `${entry}/index.js` : `${entry}.js`
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
