import { constants, type Stats } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PathKind, PathSurvey } from '../../contract/survey.js'
import type { Agent } from '../agent.js'
import { realPath } from '../files.js'
import { userName } from '../services/passwd.js'

/** How a database file of SQLite begins: sqlite.org/fileformat.html, 1.3.1. */
const SQLITE_MAGIC = 'SQLite format 3\0'
/** How many entries of a folder are told; one with more is no folder of a few databases. */
const MAX_ENTRIES = 200
/** How many paths of one unit are looked at. */
const MAX_PATHS = 100

/** What lies at paths, of files in the folder around them, and in the folders of the one that is worked in. */
export async function surveyPaths(
  agent: Agent,
  working: string | undefined,
  named: readonly string[],
): Promise<PathSurvey[]> {
  const found = new Map<string, PathSurvey>()
  const look = async (path: string): Promise<PathSurvey | undefined> => {
    const known = found.get(path)
    if (known !== undefined || found.size >= MAX_PATHS) return known
    const seen = await surveyPath(agent, path)
    if (seen !== undefined) found.set(path, seen)
    return seen
  }
  // `current` is a link, most often.
  const lookInside = async (path: string) => {
    const seen = await look(path)
    const inside = seen?.kind === 'link' ? await surveyPath(agent, seen.real) : undefined
    if (inside?.kind !== 'folder') return seen
    const folder = { ...inside, path }
    found.set(path, folder)
    return folder
  }
  for (const path of named) {
    const seen = await look(path)
    if (seen !== undefined && seen.kind !== 'folder') await look(dirname(path))
  }
  const own = working === undefined ? undefined : await lookInside(working)
  for (const { name, kind } of own?.entries ?? []) {
    if (kind === 'folder') await look(join(working ?? '', name))
  }
  return [...found.values()]
}

async function surveyPath(agent: Agent, path: string): Promise<PathSurvey | undefined> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined) return undefined
  const real = (await realPath(path)) ?? path
  const kind = await kindOf(path, stats)
  const owner = (await userName(agent, stats.uid)) ?? String(stats.uid)
  if (kind !== 'folder') return { path, real, kind, owner }
  const names = (await readdir(path)).sort()
  const entries = await Promise.all(
    names.slice(0, MAX_ENTRIES).map(async (name) => {
      const one = join(path, name)
      const stats = await lstat(one).catch(() => undefined)
      return { name, kind: stats === undefined ? ('other' as const) : await kindOf(one, stats) }
    }),
  )
  return { path, real, kind, owner, entries, more: names.length > MAX_ENTRIES }
}

async function kindOf(path: string, stats: Stats): Promise<PathKind> {
  if (stats.isDirectory()) return 'folder'
  if (stats.isSymbolicLink()) return 'link'
  if (!stats.isFile()) return 'other'
  return (await isDatabase(path)) ? 'sqlite' : 'file'
}

async function isDatabase(path: string): Promise<boolean> {
  // Neither a link that has taken its place since, nor a pipe that nobody writes to, is waited for.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch(() => undefined)
  if (file === undefined) return false
  try {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(SQLITE_MAGIC.length),
      0,
      SQLITE_MAGIC.length,
      0,
    )
    return buffer.subarray(0, bytesRead).toString('latin1') === SQLITE_MAGIC
  } finally {
    await file.close()
  }
}
