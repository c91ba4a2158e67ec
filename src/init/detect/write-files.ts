import { link, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SlipwayError, usageError } from '../../errors.js'
import { temporaryName } from './unfinished.js'

/** Writes new files into a folder: all of them, or none. Nothing is ever overwritten. */
export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  const temporary: Record<string, string> = {}
  const placed: string[] = []
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, temporaryName(name, process.pid))
      temporary[name] = path
      await writeFile(path, text, { flag: 'wx' })
    }
    for (const [name, path] of Object.entries(temporary)) {
      await place(path, join(folder, name))
      placed.push(join(folder, name))
    }
  } catch (error) {
    await Promise.all(placed.map((path) => rm(path, { force: true })))
    throw unwritable(folder, error)
  } finally {
    await Promise.all(Object.values(temporary).map((path) => rm(path, { force: true })))
  }
}

const REFUSALS: Record<string, string> = {
  EACCES: 'this user may not',
  EDQUOT: 'its quota is used up',
  ENOSPC: 'the disk is full',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
}

/** What the file system refuses, as an error for the user; anything else as it is. */
function unwritable(folder: string, error: unknown): unknown {
  const reason =
    error instanceof SlipwayError ? undefined : REFUSALS[(error as NodeJS.ErrnoException).code ?? '']
  if (reason === undefined) return error
  return usageError({ what: `can't write in ${folder}: ${reason}`, still: 'Nothing was written.' })
}

/** A link, unlike a rename, fails where there is a file already. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw usageError({ what: `${to} is there already`, still: 'Nothing was written.' })
  }
}
