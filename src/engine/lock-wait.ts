import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../cli/text/terminal.js'
import { LockedError } from '../remote/verbs.js'
import { unlessInterrupted } from './interrupt.js'

/** The pause before a held lock is tried again. */
const RETRY_MS = 1000
/** How long `--wait` waits: longer than any deploy should take. */
const LONGEST_WAIT_MS = 10 * 60_000

/** Does something that needs a host's lock; with `wait` again and again while somebody else holds it. */
export async function whileLocked<T>(
  options: { wait: boolean },
  terminal: Terminal,
  signal: AbortSignal,
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + LONGEST_WAIT_MS
  for (let waited = false; ; waited = true) {
    try {
      return await work(waited)
    } catch (error) {
      if (!(error instanceof LockedError) || !options.wait || Date.now() > deadline) throw error
      if (!waited) terminal.line(`waiting: ${error.parts.what}: ${error.parts.why ?? ''}`)
      await unlessInterrupted(signal, sleep(RETRY_MS))
    }
  }
}
