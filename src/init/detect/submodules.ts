import type { FileTree, Found } from './tree.js'

/** A git submodule of the repository. */
export interface Submodule {
  path: string
  /** As `.gitmodules` has it. */
  url: string
}

const FILE = '.gitmodules'

/** The submodules that `.gitmodules` names, in the format of git-config(1). */
export function submodules(tree: FileTree): Found<Submodule>[] {
  const found: Found<Submodule>[] = []
  let current: Partial<Submodule> | undefined
  for (const [index, line] of (tree.read(FILE) ?? '').split(/\r?\n/).entries()) {
    if (/^\s*\[/.test(line)) current = /^\s*\[\s*submodule\s+"/i.test(line) ? {} : undefined
    const [, key, raw = ''] = /^\s*(?:\[[^\]]*\]\s*)?(\w[\w-]*)\s*=\s*(.*)$/.exec(line) ?? []
    if (!current || key === undefined) continue
    const name = key.toLowerCase()
    if (name !== 'path' && name !== 'url') continue
    current[name] = plainValue(raw)
    const { path, url } = current
    if (path !== undefined && url !== undefined)
      found.push({ value: { path, url }, at: { file: FILE, line: index + 1 } })
  }
  return found
}

/** A value without its quotes, escapes and the comment after it. */
function plainValue(raw: string): string {
  const parts = [...raw.matchAll(/"((?:\\.|[^"\\])*)"|\\(.)|([#;].*)|([^"\\#;]+)/g)]
  return parts
    .map(([, quoted, escaped, , plain]) => quoted?.replace(/\\(.)/g, '$1') ?? escaped ?? plain ?? '')
    .join('')
    .trim()
}

/** The submodule that a path is in. */
export function submoduleOf(tree: FileTree, path: string): Found<Submodule> | undefined {
  return submodules(tree).find(({ value }) => path === value.path || path.startsWith(`${value.path}/`))
}

/** Whether a submodule's files are here. */
export function isCheckedOut(tree: FileTree, { path }: Submodule): boolean {
  return tree.files.some((file) => file.startsWith(`${path}/`))
}

/**
 * A submodule's URL as a flake's input has it; undefined where it is relative to the repository's own, which the
 * files don't name.
 */
export function flakeUrl(url: string): string | undefined {
  const github = /^(?:https:\/\/|ssh:\/\/git@|git@)github\.com[:/]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?$/.exec(
    url,
  )?.[1]
  if (github !== undefined) return `github:${github}`
  if (/^\.\.?\//.test(url)) return undefined
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(url)) return `git+${url}`
  if (url.startsWith('/')) return `git+file://${url}`
  // As scp has it: what follows the colon is below the login's home, or from the root.
  const [, login, rest = ''] = /^([^/:]+):(.*)$/.exec(url) ?? []
  return login === undefined ? undefined : `git+ssh://${login}/${rest.replace(/^\//, '')}`
}

/** Where a path that isn't there would be, were its submodule checked out: what to say of it. */
export function submoduleProblem(tree: FileTree, path: string): { why: string; next: string } | undefined {
  const found = submoduleOf(tree, path)
  if (!found || isCheckedOut(tree, found.value)) return undefined
  return {
    why: `${found.value.path} is a git submodule (${found.at.file}:${found.at.line}), and its files are not here.`,
    next: 'Run `git submodule update --init --recursive`, and try again.',
  }
}
