import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { usageError } from '../errors.js'
import { trackedFiles } from './git.js'

/** A file to ship: its path in the archive, its content, whether it may be run. */
export interface ShippedFile {
  path: string
  content: Buffer | { link: string }
  executable: boolean
}

/** The files below some paths of a folder: those git tracks, or all of them outside git. */
export async function collectFiles(folder: string, paths: string[]): Promise<ShippedFile[]> {
  const names = (await trackedFiles(folder, paths)) ?? (await walk(folder, paths))
  const root = await realpath(folder)
  const files = await Promise.all([...new Set(names)].sort().map((name) => readShipped(root, name)))
  return files.flat()
}

/** A tracked file may have been deleted and not committed: then it isn't shipped. */
async function readShipped(folder: string, path: string): Promise<ShippedFile[]> {
  const full = join(folder, path)
  const info = await lstat(full).catch(() => undefined)
  if (!info || info.isDirectory()) return []
  await refuseMoved(full)
  const executable = (info.mode & 0o100) !== 0
  const content = info.isSymbolicLink() ? { link: await readlink(full) } : await readFile(full)
  return [{ path, content, executable }]
}

/** Where a tracked folder has become a link, git's files are gone: others would be shipped in their place. */
async function refuseMoved(path: string): Promise<void> {
  if ((await realpath(dirname(path))) === dirname(path)) return
  throw usageError({
    what: `${path} is reached through a link`,
    why: 'What lies behind the link may be anything, and would be shipped.',
    still: 'Nothing was changed on any host.',
    next: 'Put a folder in the place of the link, or name the folder that it leads to.',
  })
}

/** Outside git all files are taken; of a repository that lies within, those that it tracks. */
async function walk(folder: string, paths: string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path): Promise<string[]> => {
      const info = await lstat(join(folder, path)).catch(() => undefined)
      if (!info) return []
      if (!info.isDirectory()) return [normalize(path)]
      const names = await readdir(join(folder, path))
      const tracked = names.includes('.git') ? await trackedFiles(join(folder, path)) : undefined
      if (tracked) return tracked.map((name) => join(path, name))
      return walk(
        folder,
        names.map((name) => join(path, name)),
      )
    }),
  )
  return found.flat()
}

/** A digest of files' names, contents and modes. */
export function digestFiles(files: readonly ShippedFile[]): string {
  const hash = createHash('sha256')
  for (const { path, content, executable } of files) {
    const body = 'link' in content ? `-> ${content.link}` : content
    hash.update(`${path}\0${executable}\0${body.length}\0`).update(body)
  }
  return hash.digest('hex').slice(0, 32)
}
