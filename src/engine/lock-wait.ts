import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from './engine.js'
import { LockedError } from './host-error.js'
import { unlessInterrupted } from './interrupt.js'

/** The pause before a host that somebody else works on is tried again. */
const RETRY_MS = 1000
/** How long `--wait` waits: longer than any deploy should take. */
const LONGEST_WAIT_MS = 10 * 60_000

/** How often is told for whom it waits: seldom enough for a log, often enough to see that nothing hangs. */
const REMINDER_MS = 30_000

/** Does something on a host that one at a time may do; with `wait` again and again while somebody else does. */
export async function whileLocked<T>(
  { signal, tell }: Pick<Engine, 'signal' | 'tell'>,
  host: string,
  { wait }: { wait: boolean },
  work: (waited: boolean) => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + LONGEST_WAIT_MS
  let reminder = 0
  for (let waited = false; ; waited = true) {
    try {
      return await work(waited)
    } catch (error) {
      if (!(error instanceof LockedError) || !wait || Date.now() > deadline) throw error
      if (Date.now() >= reminder) {
        tell({ type: 'locked', host, holder: error.holder })
        reminder = Date.now() + REMINDER_MS
      }
      await unlessInterrupted(signal, sleep(RETRY_MS))
    }
  }
}
