import type { Program, SiteBuild } from '../project.js'
import { flakeUrl, submodules } from '../submodules.js'
import { type FileTree, type Found, inDir, whereIs } from '../tree.js'

/** A site to serve, as a program of its project. */
export function siteProgram(name: string, url: Found<string> | undefined): Program {
  return {
    name,
    kind: 'site',
    serves: true,
    ...(url ? { url } : {}),
    assets: [],
    variables: [],
    processes: [],
    notes: [],
  }
}

/** A build of a site, with what most of them don't have left empty. */
export function siteBuild(kind: SiteBuild['kind'], pname: string, more: Partial<SiteBuild> = {}): SiteBuild {
  return { kind, pname, themes: [], plugins: [], folder: '', ...more }
}

/** The name of a folder of the tree; the root's is the tree's. */
export function folderName(tree: FileTree, dir: string): string {
  return dir === '' ? tree.name : (dir.split('/').at(-1) ?? dir)
}

/** A URL that a file's line names, unless it is a placeholder. */
export function findUrl(tree: FileTree, file: string, line: RegExp): Found<string> | undefined {
  const at = whereIs(tree, file, line)
  const text = (tree.read(file) ?? '').split('\n')[at.line - 1] ?? ''
  const url = /https?:\/\/[\w.:-]+(?:\/[\w./~-]*)?/.exec(text)?.[0]
  if (!line.test(text) || url === undefined) return undefined
  return /\/\/(?:localhost|127\.|(?:www\.)?example\.)/.test(url) ? undefined : { value: url, at }
}

/** Themes that are submodules, and that a flake can have as inputs: where they belong, and where they come from. */
export function themeInputs(tree: FileTree, dir: string): Found<{ path: string; url: string }>[] {
  return submodules(tree).flatMap(({ value, at }) => {
    const url = flakeUrl(value.url)
    const path = dir === '' ? value.path : value.path.replace(`${dir}/`, '')
    return url !== undefined && value.path === inDir(dir, path) && path.startsWith('themes/')
      ? [{ value: { path, url }, at }]
      : []
  })
}
