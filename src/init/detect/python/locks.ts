import { usageError } from '../../../errors.js'
import { list, readJson, readToml, table, text } from '../manifest.js'
import { type FileTree, hasFile, inDir, whereText } from '../tree.js'
import { normalise, type Requirement } from './requirements.js'

/** The lock files of Python's package managers, and what brings each up to date. */
const LOCKS = [
  ['uv.lock', 'uv lock'],
  ['poetry.lock', 'poetry lock'],
  ['pdm.lock', 'pdm lock'],
  ['pylock.toml', 'pip lock'],
  ['Pipfile.lock', 'pipenv lock'],
] as const

/** Refuses a lock file that lacks what the project depends on. */
export function checkPythonLock(tree: FileTree, dir: string, wanted: readonly Requirement[]): void {
  for (const [name, remedy] of LOCKS) {
    const file = inDir(dir, name)
    if (!hasFile(tree, file)) continue
    const locked = new Set(lockedNames(tree, file).map(normalise))
    const missing = wanted.find((entry) => !locked.has(entry.name))
    if (!missing) continue
    throw usageError({
      what: `${file} doesn't have ${missing.name}, which ${whereText(missing.at)} depends on`,
      still: 'Nothing was written.',
      next: `Run \`${remedy}\`, commit ${name}, and try again.`,
    })
  }
}

function lockedNames(tree: FileTree, file: string): string[] {
  if (file.endsWith('Pipfile.lock')) return Object.keys(table(readJson(tree, file), 'default'))
  const lock = readToml(tree, file)
  return [...list(lock, 'package'), ...list(lock, 'packages')].map((entry) => text(entry, 'name') ?? '')
}
