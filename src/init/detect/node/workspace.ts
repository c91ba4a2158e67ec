import picomatch from 'picomatch'
import { parse as parseYaml } from 'yaml'
import { strings, table, textOf, unreadable } from '../manifest.js'
import { dirOf, type FileTree, hasFile, inDir } from '../tree.js'
import { type PackageJson, readPackage } from './package-json.js'

/** Packages that share a lock file at the top. */
export interface Workspace {
  /** The folder of the lock file. */
  top: string
  /** Packages of the repository that one of them needs, those first that others need. */
  needs: PackageJson[]
}

/** The workspace that a folder's package belongs to; undefined where it is on its own. */
export function findWorkspace(tree: FileTree, json: PackageJson): Workspace | undefined {
  for (let top = json.dir; top !== ''; ) {
    top = dirOf(top)
    if (!hasFile(tree, inDir(top, 'package.json'))) continue
    const members = membersOf(tree, top)
    if (members.includes(json.dir)) return { top, needs: needsOf(tree, members, json) }
  }
  return undefined
}

/** Whether a folder is the top of a workspace. */
export function isWorkspaceTop(tree: FileTree, dir: string): boolean {
  return hasFile(tree, inDir(dir, 'package.json')) && patternsOf(tree, dir).length > 0
}

/** Folders of packages that the patterns of a top name; `!` takes away. */
function membersOf(tree: FileTree, top: string): string[] {
  const patterns = patternsOf(tree, top).map((pattern) =>
    pattern.replace(/^(!?)(?:\.\/)?/, '$1').replace(/\/$/, ''),
  )
  const taken = patterns.filter((pattern) => !pattern.startsWith('!'))
  const left = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1))
  if (taken.length === 0) return []
  const isMember = picomatch(taken, { ignore: left })
  const start = top === '' ? 0 : top.length + 1
  return tree.files
    .filter(
      (file) =>
        file.endsWith('/package.json') &&
        file.startsWith(top === '' ? '' : `${top}/`) &&
        !/(?:^|\/)node_modules\//.test(file),
    )
    .map(dirOf)
    .filter((dir) => dir.length > start && isMember(dir.slice(start)))
}

/** `workspaces` of npm, yarn and bun; `packages` of pnpm-workspace.yaml. */
function patternsOf(tree: FileTree, top: string): string[] {
  const file = inDir(top, 'pnpm-workspace.yaml')
  if (hasFile(tree, file)) {
    try {
      return strings(table(parseYaml(textOf(tree, file))), 'packages')
    } catch (error) {
      if (!(error instanceof Error) || !/^YAML/.test(error.name)) throw error
      throw unreadable(file, error.message.split('\n')[0] ?? '')
    }
  }
  const { manifest } = readPackage(tree, top)
  return [...strings(manifest, 'workspaces'), ...strings(manifest, 'workspaces', 'packages')]
}

/** Packages of the workspace that a package needs, through others too, in the order in which they are built. */
function needsOf(tree: FileTree, members: readonly string[], json: PackageJson): PackageJson[] {
  const all = new Map(
    members.map((dir) => readPackage(tree, dir)).map((member) => [member.name ?? member.dir, member]),
  )
  const seen = new Set<string>()
  const ordered: PackageJson[] = []
  const visit = (one: PackageJson) => {
    for (const name of Object.keys({ ...one.dependencies, ...one.development, ...one.optional })) {
      const needed = all.get(name)
      if (!needed || seen.has(name) || needed.dir === json.dir) continue
      seen.add(name)
      visit(needed)
      ordered.push(needed)
    }
  }
  visit(json)
  return ordered
}
