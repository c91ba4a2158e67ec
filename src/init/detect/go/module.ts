import { usageError } from '../../../errors.js'
import { unreadable } from '../manifest.js'
import { submoduleProblem } from '../submodules.js'
import { commonDir, dirOf, type FileTree, hasFile, inDir, joinPath, literal, whereIs } from '../tree.js'
import { readModFile } from './mod-file.js'

/** What a `go.mod` says. */
export interface GoModule {
  path: string
  /** `1.24` of `go 1.24.3`. */
  go: string | undefined
  requires: { path: string; version: string; line: number }[]
  /** Modules that others stand in for: a folder (`./x`, `../x`), or another module. */
  replaces: { path: string; by: string; line: number }[]
}

/** Reads a `go.mod`. */
export function readModule(tree: FileTree, dir: string): GoModule {
  const file = inDir(dir, 'go.mod')
  const module: GoModule = { path: '', go: undefined, requires: [], replaces: [] }
  for (const { verb, words, line } of readModFile(tree, file)) {
    const [first, second] = words
    if (verb === 'module' && first) module.path = first
    else if (verb === 'go' && first) module.go = /^\d+\.\d+/.exec(first)?.[0]
    else if (verb === 'require' && first && second)
      module.requires.push({ path: first, version: second, line })
    else if (verb === 'replace' && first && words.includes('=>')) {
      module.replaces.push({ path: first, by: words[words.indexOf('=>') + 1] ?? '', line })
    } else if (!OTHER_VERBS.includes(verb)) {
      throw unreadable(`${file}:${line}`, `expected a directive such as "module" or "require", not "${verb}"`)
    }
  }
  if (module.path === '') throw unreadable(file, 'it names no module')
  return module
}

const OTHER_VERBS = ['toolchain', 'exclude', 'retract', 'tool', 'godebug', 'ignore']

/** Modules of the repository that one of them is built with, by path. */
export interface LocalModules {
  /** The folder of each; the module's own too. */
  dirs: ReadonlyMap<string, string>
  /** The folder that all of them are in: what a build needs the source of. */
  root: string
  /** The `go.work` that joins them. */
  work: string | undefined
}

/** The folders that a module's `replace` and its `go.work` name. */
export function localModules(tree: FileTree, dir: string, module: GoModule): LocalModules {
  const dirs = new Map([[module.path, dir]])
  const file = inDir(dir, 'go.mod')
  for (const { path, by, line } of module.replaces.filter(({ by }) => /^\.{0,2}\//.test(by))) {
    const folder = joinPath(dir, by)
    if (folder === undefined) throw outside(file, line, path, by)
    if (!hasFile(tree, inDir(folder, 'go.mod'))) throw missing(tree, file, line, path, folder)
    dirs.set(path, folder)
  }
  const work = workspaceOf(tree, dir)
  for (const used of work?.dirs ?? []) {
    if (hasFile(tree, inDir(used, 'go.mod'))) dirs.set(readModule(tree, used).path, used)
  }
  const all = [...dirs.values(), ...(work ? [work.dir] : [])]
  return { dirs, root: all.reduce(commonDir), work: work && inDir(work.dir, 'go.work') }
}

/** The `go.work` above a module that uses it. */
function workspaceOf(tree: FileTree, dir: string): { dir: string; dirs: string[] } | undefined {
  for (
    let folder: string | undefined = dir;
    folder !== undefined;
    folder = folder === '' ? undefined : dirOf(folder)
  ) {
    const file = inDir(folder, 'go.work')
    if (!hasFile(tree, file)) continue
    const base = folder
    const dirs = readModFile(tree, file)
      .filter(({ verb }) => verb === 'use')
      .flatMap(({ words }) => joinPath(base, words[0] ?? '') ?? [])
    return dirs.includes(dir) ? { dir: folder, dirs } : undefined
  }
  return undefined
}

function outside(file: string, line: number, path: string, by: string) {
  return usageError({
    what: `${file}:${line} replaces ${path} by ${by}, which is outside of this folder`,
    why: 'A flake has only the files of its own repository.',
    still: 'Nothing was written.',
    next: 'Run `slipway init` at the top of the repository that has both, or require a published version.',
  })
}

function missing(tree: FileTree, file: string, line: number, path: string, folder: string) {
  const submodule = submoduleProblem(tree, folder)
  return usageError({
    what: `${file}:${line} replaces ${path} by ${folder}, which has no go.mod`,
    ...(submodule ? { why: submodule.why } : {}),
    still: 'Nothing was written.',
    next: submodule?.next ?? 'Correct the path, and try again.',
  })
}

/**
 * Where the sources of a module's dependencies come from: the vendor folder, or a hash; `none` where all of them
 * are of the repository.
 */
export function vendoring(
  tree: FileTree,
  dir: string,
  module: GoModule,
  local: LocalModules,
): 'folder' | 'hash' | 'none' {
  const replaced = new Set(module.replaces.map(({ path }) => path))
  const wanted = module.requires.filter(({ path }) => !replaced.has(path) && !local.dirs.has(path))
  if (hasFile(tree, inDir(dir, 'vendor/modules.txt'))) {
    const entry = (path: string, version: string) => `# ${path} ${version}`
    checkLocked(tree, dir, wanted, [inDir(dir, 'vendor/modules.txt')], '`go mod vendor`', entry)
    return 'folder'
  }
  if (module.requires.every(({ path }) => local.dirs.has(path))) return 'none'
  const sums = [inDir(dir, 'go.sum'), ...(local.work ? [`${local.work}.sum`] : [])]
  checkLocked(tree, dir, wanted, sums, '`go mod tidy`', (path, version) => `${path} ${version}`)
  return 'hash'
}

function checkLocked(
  tree: FileTree,
  dir: string,
  wanted: GoModule['requires'],
  files: string[],
  remedy: string,
  entry: (path: string, version: string) => string,
): void {
  const [file = ''] = files
  const name = dir === '' ? file : file.slice(dir.length + 1)
  const texts = files.flatMap((one) => tree.read(one) ?? [])
  const next = `Run ${remedy}, commit ${name}, and try again.`
  if (texts.length === 0 && wanted.length > 0) {
    throw usageError({
      what: tree.isIgnored(file) ? `git ignores ${file}, so Nix can't see it` : `there is no ${file}`,
      why: `${inDir(dir, 'go.mod')} requires modules, and a build may not fetch what ${name} doesn't name.`,
      still: 'Nothing was written.',
      next,
    })
  }
  const missing = wanted.find(
    ({ path, version }) =>
      !new RegExp(`^${literal(entry(path, version))}(?![\\w.-])`, 'm').test(texts.join('\n')),
  )
  if (!missing) return
  throw usageError({
    what: `${file} doesn't have ${missing.path} ${missing.version}, which ${inDir(dir, 'go.mod')}:${missing.line} requires`,
    still: 'Nothing was written.',
    next,
  })
}

/** The place of `go` in a `go.mod`. */
export function goVersionPlace(tree: FileTree, dir: string) {
  return whereIs(tree, inDir(dir, 'go.mod'), /^go\s/)
}
