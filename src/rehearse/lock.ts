import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { SlipwayError } from '../errors.js'
import { LOCKS } from './paths.js'

/** How long to wait before saying what is being waited for: long enough not to chatter. */
const QUIET_WAIT_MS = 1000

/**
 * Runs `work` while no other slipway process holds the lock of this name.
 * The lock belongs to a child that ends with our end of its stdin, so a killed holder frees it.
 */
export async function withLock<T>(
  name: string,
  work: () => Promise<T>,
  log?: (line: string) => void,
): Promise<T> {
  await mkdir(LOCKS, { recursive: true })
  const file = join(LOCKS, `${name}.lock`)
  // Detached: Ctrl-C in the terminal must not free the lock before our work has stopped.
  const holder = execa('flock', [file, 'sh', '-c', 'echo held && exec cat >/dev/null'], {
    detached: true,
    buffer: false,
    reject: false,
    stderr: 'ignore',
  })
  const waiting = setTimeout(() => log?.(`Waiting for another slipway process (${file})`), QUIET_WAIT_MS)
  try {
    const held = once(holder.stdout, 'data').then(() => true)
    if (!(await Promise.race([held, holder.then(() => false)]))) {
      throw new SlipwayError({ what: `Cannot lock ${file}`, why: 'flock ended before it had the lock' })
    }
  } finally {
    clearTimeout(waiting)
  }
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await holder
  }
}
