import picomatch from 'picomatch'
import { usageError } from '../../../errors.js'
import { strings, type Table } from '../manifest.js'
import { submoduleProblem } from '../submodules.js'
import { dirOf, type FileTree, hasFile, inDir, joinPath, literal, whereIs } from '../tree.js'

/** Cargo expands members with the crate `glob`: no braces, no patterns of a shell, and `*` takes names with a dot too. */
const GLOB = { dot: true, nobrace: true, noextglob: true, nonegate: true }

/** The folders of a workspace's members, or of those that another list of it names. */
export function memberDirs(
  tree: FileTree,
  dir: string,
  root: Table,
  list: 'members' | 'default-members' = 'members',
): string[] {
  const file = inDir(dir, 'Cargo.toml')
  const crates = tree.files.filter((name) => /(?:^|\/)Cargo\.toml$/.test(name)).map(dirOf)
  const excluded = strings(root, 'workspace', 'exclude').flatMap((path) => joinPath(dir, path) ?? [])
  const isExcluded = (path: string) =>
    excluded.some((other) => path === other || path.startsWith(`${other}/`))
  const members = strings(root, 'workspace', list).flatMap((member) => {
    const path = joinPath(dir, member)
    const matches = path === undefined ? () => false : picomatch(path, GLOB)
    const found = crates.filter((crate) => crate === path || matches(crate))
    if (found.length === 0 && !/[*?[]/.test(member)) throw missing(tree, file, member, path)
    return found
  })
  return [...new Set(members)].filter((path) => !isExcluded(path))
}

/** Whether `cargo build` in the workspace's folder builds a crate (Cargo reference, "The default-members field"). */
export function isDefaultMember(tree: FileTree, dir: string, root: Table, crate: string): boolean {
  if (strings(root, 'workspace', 'default-members').length > 0)
    return memberDirs(tree, dir, root, 'default-members').includes(crate)
  return root.package === undefined || crate === dir
}

/** The error for a crate that a manifest names and that isn't there. */
export function missingCrate(tree: FileTree, what: string, path: string | undefined) {
  const submodule = path === undefined ? undefined : submoduleProblem(tree, path)
  const outside = path === undefined
  return usageError({
    what,
    ...(submodule ? { why: submodule.why } : {}),
    ...(outside ? { why: 'A flake has only the files of its own repository.' } : {}),
    still: 'Nothing was written.',
    next:
      submodule?.next ??
      (outside
        ? 'Run `slipway init` at the top of the repository that has both, or take the crate from git or crates.io.'
        : 'Correct the path, and try again.'),
  })
}

function missing(tree: FileTree, file: string, member: string, path: string | undefined) {
  const { line } = whereIs(tree, file, new RegExp(`["']${literal(member)}["']`))
  const what = path === undefined ? 'is outside of this folder' : 'has no Cargo.toml'
  return missingCrate(tree, `${file}:${line}: the workspace's member "${member}" ${what}`, path)
}

/** Whether a crate is there. */
export function hasCrate(tree: FileTree, dir: string): boolean {
  return hasFile(tree, inDir(dir, 'Cargo.toml'))
}
