import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { SlipwayError } from '../errors.js'

/** ssh adds 17 characters while it makes a socket, whose path may have 107 (unix(7)). */
const LONGEST = 107 - 17

/** A path for the socket over which further sessions share a login: in a folder that is this user's alone. */
export function controlSocket(): string {
  const { uid } = userInfo()
  const name = randomBytes(8).toString('hex')
  const folders = [process.env.XDG_RUNTIME_DIR, tmpdir(), '/tmp'].filter((folder) => folder !== undefined)
  for (const parent of folders) {
    const folder = join(parent, `slipway-${uid}`)
    if (join(folder, name).length > LONGEST) continue
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') continue
    }
    const found = lstatSync(folder)
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return join(folder, name)
  }
  throw new SlipwayError({
    what: `there is no place for the socket of an ssh login`,
    why: `None of ${folders.join(', ')} holds a folder slipway-${uid} that is yours alone.`,
    next: `Remove ${join('/tmp', `slipway-${uid}`)}, or set XDG_RUNTIME_DIR.`,
  })
}
