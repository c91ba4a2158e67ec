import type { Engine } from '../engine.js'
import type { Confirmation } from './confirm.js'

/** What goes on beside the login. */
export interface Looks {
  /** Aborted when the login has nothing more to do. */
  stop: AbortSignal
  /** What stands against confirming, as far as it is known. */
  objection(): string | undefined
  /** Resolves when it is known. */
  judged: Promise<void>
  /** Whether sshd has answered since all was started; only where the login may be made before that. */
  banner: Promise<boolean>
  /** Whether the host has stopped waiting by itself. */
  late(): boolean
  ended(): boolean
}

/** Begins to look at what must be right before an activation is confirmed. */
export function beginLooks(engine: Engine, given: Confirmation, over: AbortSignal): Looks {
  const { activation, log, time, patienceMs } = given
  const ended = AbortSignal.any([over, engine.signal])
  const objected = new AbortController()
  let why: string | undefined
  let deadline = Number.POSITIVE_INFINITY
  const judged = log
    .until(() => log.has('waiting'), ended)
    .then(async (waits) => {
      if (!waits) return
      deadline = Date.now() + patienceMs
      why = await activation.urls?.problem()
      if (why !== undefined) objected.abort()
    })
  const banner = log
    .until(() => log.has('proving'), ended)
    .then((proving) => proving && time.when === 'at-once' && engine.reach.banner(time.address))
  return {
    stop: AbortSignal.any([ended, objected.signal]),
    objection: () => why,
    judged,
    banner,
    late: () => Date.now() > deadline,
    ended: () => ended.aborted || log.has('ended'),
  }
}
