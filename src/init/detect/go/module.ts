import { usageError } from '../../../errors.js'
import { unreadable } from '../manifest.js'
import { type FileTree, hasFile, inDir, literal, whereIs } from '../tree.js'

/** What a `go.mod` says. */
export interface GoModule {
  path: string
  /** `1.24` of `go 1.24.3`. */
  go: string | undefined
  requires: { path: string; version: string; line: number }[]
  /** Modules replaced by folders, or by others. */
  replaced: Set<string>
}

/** Reads a `go.mod`. */
export function readModule(tree: FileTree, dir: string): GoModule {
  const file = inDir(dir, 'go.mod')
  const module: GoModule = { path: '', go: undefined, requires: [], replaced: new Set() }
  let block: string | undefined
  for (const [index, raw] of (tree.read(file) ?? '').split('\n').entries()) {
    const line = raw.replace(/\/\/.*$/, '').trim()
    if (line === '') continue
    if (line === ')') {
      block = undefined
      continue
    }
    const opened = /^(\w+)\s*\($/.exec(line)
    if (opened) {
      block = opened[1]
      continue
    }
    const [verb, ...rest] = block === undefined ? line.split(/\s+/) : [block, ...line.split(/\s+/)]
    const problem = take(module, verb ?? '', rest, index + 1)
    if (problem) throw unreadable(`${file}:${index + 1}`, problem)
  }
  if (module.path === '') throw unreadable(file, 'it names no module')
  return module
}

const OTHER_VERBS = ['toolchain', 'exclude', 'retract', 'tool', 'godebug', 'ignore']

function take(module: GoModule, verb: string, words: string[], line: number): string | undefined {
  const [first, second] = words
  if (verb === 'module' && first) module.path = first.replaceAll('"', '')
  else if (verb === 'go' && first) module.go = /^\d+\.\d+/.exec(first)?.[0]
  else if (verb === 'require' && first && second) module.requires.push({ path: first, version: second, line })
  else if (verb === 'replace' && first) module.replaced.add(first)
  else if (!OTHER_VERBS.includes(verb))
    return `expected a directive such as "module" or "require", not "${verb}"`
  return undefined
}

/** Where the sources of a module's dependencies come from: the vendor folder, or a hash; `none` without any. */
export function vendoring(tree: FileTree, dir: string, module: GoModule): 'folder' | 'hash' | 'none' {
  const wanted = module.requires.filter(({ path }) => !module.replaced.has(path))
  if (hasFile(tree, inDir(dir, 'vendor/modules.txt'))) {
    checkLocked(
      tree,
      dir,
      wanted,
      'vendor/modules.txt',
      '`go mod vendor`',
      (path, version) => `# ${path} ${version}`,
    )
    return 'folder'
  }
  if (module.requires.length === 0) return 'none'
  checkLocked(tree, dir, wanted, 'go.sum', '`go mod tidy`', (path, version) => `${path} ${version}`)
  return 'hash'
}

function checkLocked(
  tree: FileTree,
  dir: string,
  wanted: GoModule['requires'],
  name: string,
  remedy: string,
  entry: (path: string, version: string) => string,
): void {
  const file = inDir(dir, name)
  const text = tree.read(file)
  const next = `Run ${remedy}, commit ${name}, and try again.`
  if (text === undefined && wanted.length > 0) {
    throw usageError({
      what: tree.isIgnored(file) ? `git ignores ${file}, so Nix can't see it` : `there is no ${file}`,
      why: `${inDir(dir, 'go.mod')} requires modules, and a build may not fetch what ${name} doesn't name.`,
      still: 'Nothing was written.',
      next,
    })
  }
  const missing = wanted.find(
    ({ path, version }) => !new RegExp(`^${literal(entry(path, version))}(?![\\w.-])`, 'm').test(text ?? ''),
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
