import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../cli/text/terminal.js'
import type { HostConfig } from '../config/resolved.js'
import { abort, confirm } from '../remote/activation.js'
import type { Connection } from '../remote/connection.js'
import type { Job } from './activate.js'
import { ANOTHER_FAILED } from './ballot.js'
import { unlessInterrupted } from './interrupt.js'
import { settle } from './settle.js'

/** The pause before a host that can't be reached is tried again: a tunnel may come back within the deadline. */
const RETRY_MS = 200

/** An activation that is to be confirmed. */
interface Waiting {
  host: HostConfig
  connection: Connection
  id: string
  nonce: string
  job: Job
  /** Comes when all of it is active, and the host waits for nothing else. */
  active: Promise<void>
  /** How long the host then waits at most. */
  patienceMs: number
}

/**
 * Confirms an activation over a new connection once the deployer's own checks have passed, and asks the host
 * to put back what was there where they have not. It may begin before all is active: the login then waits on the
 * host. How it ended, only the host's events tell; once they have, `over` keeps a login that can't come about from
 * being waited for.
 */
export async function confirmWhenGood(
  waiting: Waiting,
  terminal: Terminal,
  over: AbortSignal,
): Promise<void> {
  const { host, connection, id, nonce, job, active, patienceMs } = waiting
  let deadline = Number.POSITIVE_INFINITY
  const begun = active.then(() => {
    deadline = Date.now() + patienceMs
  })
  let onReached: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    onReached = resolve
  })
  const found: { problem?: string | undefined } = {}
  // The login is made while the checks go on; the nonce, which is what counts, follows them.
  const line = begun
    .then(() => check(job, reached))
    .then((problem) => {
      found.problem = problem
      if (problem !== undefined) throw new Error(problem)
      return nonce
    })
  line.catch(() => undefined)
  while (!over.aborted && Date.now() <= deadline) {
    const result = await confirm(host, id, { nonce: line, onReached, signal: over })
    if (over.aborted || result === 'confirmed') return
    if (deadline === Number.POSITIVE_INFINITY) {
      // What fails before it is waited for is nothing to tell, nor to be tried again and again.
      await settle(unlessInterrupted(over, begun))
      continue
    }
    if (found.problem !== undefined) {
      terminal.line(`${host.name}: not confirmed: ${found.problem}`)
      await settle(abort(connection, id, 0, found.problem, () => undefined))
      return
    }
    if (result !== 'unreachable') {
      terminal.line(`${host.name}: did not take the confirmation: ${result.refused}`)
      return
    }
    await sleep(RETRY_MS)
  }
}

/** What stands against confirming. Others are told that all is well only once the host can be reached. */
async function check(job: Job, reached: Promise<void>): Promise<string | undefined> {
  const problem = await job.urls?.problem()
  if (problem === undefined) await reached
  const together = (await job.voter?.vote(problem === undefined)) ?? true
  if (problem !== undefined) return problem
  return together ? undefined : ANOTHER_FAILED
}
