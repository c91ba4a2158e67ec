import { readJson, type Table, table, text } from '../manifest.js'
import { type FileTree, inDir } from '../tree.js'

/** What of a `package.json` matters here. A field of another type than npm's is as one that isn't there. */
export interface PackageJson {
  tree: FileTree
  /** Its folder. */
  dir: string
  file: string
  name: string | undefined
  version: string | undefined
  description: string | undefined
  main: string | undefined
  scripts: Record<string, string>
  dependencies: Record<string, string>
  development: Record<string, string>
  optional: Record<string, string>
  manifest: Table
}

/** Reads a `package.json`. */
export function readPackage(tree: FileTree, dir: string): PackageJson {
  const file = inDir(dir, 'package.json')
  const manifest = readJson(tree, file)
  return {
    tree,
    dir,
    file,
    name: text(manifest, 'name'),
    version: text(manifest, 'version'),
    description: text(manifest, 'description'),
    main: text(manifest, 'main'),
    scripts: stringsOf(manifest.scripts),
    dependencies: stringsOf(manifest.dependencies),
    development: stringsOf(manifest.devDependencies),
    optional: stringsOf(manifest.optionalDependencies),
    manifest,
  }
}

function stringsOf(value: unknown): Record<string, string> {
  const entries = Object.entries(table(value)).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(entries)
}

/** The name as a file's: what npm allows, without the scope. */
export function plainName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/^@[^/]*\//, '')
    .replace(/[^\w.+-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
  return plain === '' ? 'app' : plain
}
