import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** A folder of the user's cache (XDG Base Directory Specification). */
export function cacheFolder(name: string, env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'slipway', name)
}

/** Who else may write to a file can have anything run: group and others. */
const WRITABLE_BY_OTHERS = 0o022

/** The text of a file that only this user can have written; undefined where there is none such. */
export function readOwn(file: string): string | undefined {
  let opened: number | undefined
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
    const found = fstatSync(opened)
    const own = found.isFile() && found.uid === process.geteuid?.() && (found.mode & WRITABLE_BY_OTHERS) === 0
    return own ? readFileSync(opened, 'utf8') : undefined
  } catch {
    return undefined
  } finally {
    if (opened !== undefined) closeSync(opened)
  }
}

/** Keeps a text for later, whole or not at all. A cache that can't be written to is none. */
export function writeOwn(folder: string, name: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const part = join(folder, `.${name}.${process.pid}`)
    writeFileSync(part, text, { mode: 0o600, flag: 'wx' })
    renameSync(part, join(folder, name))
  } catch {
    // The next run begins anew.
  }
}
