import type { Question } from './link.js'
import { allOfUnit, manager, propertiesOf } from './questions.js'

/** A command that stops a program (`ExecStop=`) may have as long as the program then has to end. */
const STEPS = 2
/** How much longer systemd may take; until then nothing is asked. In milliseconds. */
const GRACE_MS = 5_000
/** The longest a timer of Node's can wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1
const SIGKILL = 9

/**
 * Sees to it that a unit that is being stopped ends when its `TimeoutStopSec=` is over. A program may ask systemd for
 * more time, again and again (`EXTEND_TIMEOUT_USEC=`, sd_notify(3)): it would keep whoever stops it waiting as long as
 * it likes. Gives what ends that.
 */
export function killInTime(
  name: string,
  ask: (question: Question) => Promise<unknown[]>,
  failed: (error: unknown) => void,
): () => void {
  const began = performance.now()
  let over = false
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    const { ActiveState, TimeoutStopUSec } = propertiesOf(await ask(allOfUnit(name)))
    if (over || ActiveState !== 'deactivating') return
    const left = began + STEPS * (Number(TimeoutStopUSec) / 1000) + GRACE_MS - performance.now()
    // Without a limit there is a number that is larger than any wait.
    if (Number.isNaN(left) || left > LONGEST_MS) return
    if (left <= 0) await ask(manager('KillUnit', [name, 'all', SIGKILL], 'ssi'))
    // Also after that: a program that systemd starts for the end (`ExecStopPost=`) may do the same.
    wait(Math.max(left, GRACE_MS))
  }
  const wait = (ms: number) => {
    if (!over) timer = setTimeout(() => void look().catch(failed), ms)
  }
  if (name.endsWith('.service')) wait(GRACE_MS)
  return () => {
    over = true
    clearTimeout(timer)
  }
}
