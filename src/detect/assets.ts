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

/** `views/*.html` is in the folder `views`. */
function assetOf(tree: FileTree, dir: string, path: string): string | undefined {
  const [first = ''] = path.split('/')
  if (first === '' || first.startsWith('..') || first.includes('*')) return undefined
  const asset = inDir(dir, first)
  return hasDir(tree, asset) || hasFile(tree, asset) ? asset : undefined
}
