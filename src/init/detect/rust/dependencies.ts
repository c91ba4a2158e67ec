import { type Table, table, text } from '../manifest.js'
import { joinPath } from '../tree.js'

/** A dependency that a manifest names. */
export interface CrateDependency {
  /** Its key in the manifest. */
  key: string
  /** The crate's own name. */
  crate: string
  /** What is said of it, with what the workspace says. */
  spec: Table
  /** The folder that its `path` names; undefined without one, or where that leads out of the tree. */
  dir: string | undefined
}

/** What a workspace's root says for its members. */
export interface Workspace {
  /** Its folder. */
  dir: string
  root: Table
}

const TABLES = ['dependencies', 'build-dependencies', 'dev-dependencies']

/**
 * The dependencies of a crate in a folder. What is inherited (`x.workspace = true`) is said by the workspace, its
 * `path` and `package` too (https://doc.rust-lang.org/cargo/reference/workspaces.html#the-dependencies-table).
 */
export function dependenciesOf(
  manifest: Table,
  dir: string,
  workspace: Workspace | undefined,
): CrateDependency[] {
  const holders = [manifest, ...Object.values(table(manifest, 'target'))]
  return holders
    .flatMap((holder) => TABLES.flatMap((name) => Object.entries(table(holder, name))))
    .map(([key, given]) => {
      const own = typeof given === 'string' ? { version: given } : table(given)
      const inherited = own.workspace === true && workspace !== undefined
      const base = inherited ? workspaceDependency(workspace, key) : {}
      const spec = { ...own, ...base, features: [...features(base), ...features(own)] }
      const path = text(spec, 'path')
      return {
        key,
        crate: text(spec, 'package') ?? key,
        spec,
        dir: path === undefined ? undefined : joinPath(inherited ? workspace.dir : dir, path),
      }
    })
}

function workspaceDependency({ root }: Workspace, key: string): Table {
  const given = table(root, 'workspace', 'dependencies')[key]
  return typeof given === 'string' ? { version: given } : table(given)
}

function features(spec: Table): unknown[] {
  return Array.isArray(spec.features) ? spec.features : []
}

/** The features that are on by default, with those that they turn on. */
export function defaultFeatures(manifest: Table): Set<string> {
  const known = table(manifest, 'features')
  const on = new Set(['default'])
  for (const feature of on) {
    const more = known[feature]
    for (const name of Array.isArray(more) ? more : [])
      if (typeof name === 'string') on.add(name.replace(/^dep:/, ''))
  }
  return on
}
