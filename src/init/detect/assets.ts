import { matches, type Source } from './source.js'
import { type FileTree, type Found, hasDir, hasFile, inDir, literal } from './tree.js'

/**
 * Folders and files that a program reads by a path relative to its working directory. `calls` are the
 * functions that do: `ServeDir::new`, `template.ParseGlob`.
 */
export function findAssets(
  tree: FileTree,
  dir: string,
  sources: readonly Source[],
  calls: readonly string[],
): Found<string>[] {
  const call = calls.map(literal).join('|')
  const pattern = new RegExp(
    `(?:${call})\\(\\s*(?:[^()"'\`]*,\\s*)?&?["'\`](?:\\./)?(?<path>[\\w.-][\\w./*{}-]*)["'\`]`,
  )
  const found = new Map<string, Found<string>>()
  for (const match of matches(sources, pattern)) {
    const asset = assetOf(tree, dir, match.groups.path ?? '')
    if (asset !== undefined && !found.has(asset)) found.set(asset, { value: asset, at: match.at })
  }
  return [...found.values()]
}

/** Names of folders that are there to be read while a program runs. */
const USUAL_FOLDERS = ['assets', 'locales', 'public', 'static', 'templates', 'views', 'www']

/**
 * Folders that the source names where it reads them only by way of a variable: `serve("static")`. Those that
 * are compiled in are not among them.
 */
export function findNamedFolders(tree: FileTree, dir: string, sources: readonly Source[]): Found<string>[] {
  return USUAL_FOLDERS.filter((name) => hasDir(tree, inDir(dir, name))).flatMap((name) => {
    const compiled = new RegExp(
      `go:embed[^\\n]*\\b${name}\\b|include_dir!\\([^)]*${name}|folder\\s*=\\s*"${name}`,
    )
    if (sources.some(({ raw }) => compiled.test(raw))) return []
    const [match] = matches(sources, new RegExp(`["'\`](?:\\./)?${name}/?["'\`]`))
    return match ? [{ value: inDir(dir, name), at: match.at }] : []
  })
}

/** The same asset, found in two ways, once. */
export function distinctAssets(assets: readonly Found<string>[]): Found<string>[] {
  return assets.filter(({ value }, index) => assets.findIndex((other) => other.value === value) === index)
}

/** `views/*.html` is in the folder `views`. */
function assetOf(tree: FileTree, dir: string, path: string): string | undefined {
  const [first = ''] = path.split('/')
  if (first === '' || first.startsWith('..') || first.includes('*')) return undefined
  const asset = inDir(dir, first)
  return hasDir(tree, asset) || hasFile(tree, asset) ? asset : undefined
}
