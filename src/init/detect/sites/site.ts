import type { Program, SiteBuild } from '../project.js'
import { type FileTree, type Found, whereIs } from '../tree.js'

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

/** Submodules below a folder: a flake sees none of their files. */
export function submodules(tree: FileTree, dir: string): { path: string; url: string }[] {
  const entries = (tree.read('.gitmodules') ?? '').split(/^\[submodule/m).slice(1)
  const prefix = dir === '' ? '' : `${dir}/`
  return entries.flatMap((entry) => {
    const path = /^\s*path\s*=\s*(\S+)/m.exec(entry)?.[1]
    const url = /^\s*url\s*=\s*(\S+)/m.exec(entry)?.[1]
    if (!path?.startsWith(prefix) || url === undefined) return []
    return [{ path: path.slice(prefix.length), url: flakeUrl(url) }]
  })
}

/** A git URL as flakes write it. */
function flakeUrl(url: string): string {
  const github = /^(?:https:\/\/github\.com\/|git@github\.com:)([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(url)
  return github ? `github:${github[1]}/${github[2]}` : `git+${url}`
}
