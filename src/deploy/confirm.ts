import { setTimeout as sleep } from 'node:timers/promises'
import type { GuardConfig, HostConfig } from '../config/resolved.js'
import { abort, confirm } from '../host/activation.js'
import type { Connection } from '../host/connection.js'
import type { Terminal } from '../ui/terminal.js'
import type { Job } from './activate.js'
import { settle } from './settle.js'

/** The pause before a host that can't be reached is tried again: a tunnel may come back within the deadline. */
const RETRY_MS = 200

/** An activation that waits for its confirmation. */
interface Waiting {
  host: HostConfig
  connection: Connection
  id: string
  nonce: string
  job: Job
  guard: GuardConfig
}

/**
 * Confirms an activation over a new connection once the deployer's own checks have passed, and asks the host
 * to put back what was there where they have not. How it ended, only the host's events tell; once they have,
 * `over` keeps a login that can't come about from being waited for.
 */
export async function confirmWhenGood(
  waiting: Waiting,
  terminal: Terminal,
  over: AbortSignal,
): Promise<void> {
  const { host, connection, id, nonce, job, guard } = waiting
  const deadline = Date.now() + guard.confirmMs
  const checking = check(job)
  const line = checking.then((problem) => {
    if (problem !== undefined) throw new Error(problem)
    return nonce
  })
  line.catch(() => undefined)
  // The login is made while the checks go on; the nonce, which is what counts, follows them.
  while (!over.aborted) {
    const result = await confirm(host, id, line, over)
    if (over.aborted) return
    const problem = await checking
    if (problem !== undefined) {
      terminal.line(`${host.name}: not confirmed: ${problem}`)
      await settle(abort(connection, id, 0, problem, () => undefined))
      return
    }
    if (result === 'confirmed') return
    if (result !== 'unreachable') {
      terminal.line(`${host.name}: did not take the confirmation: ${result.refused}`)
      return
    }
    if (Date.now() > deadline) return
    await sleep(RETRY_MS)
  }
}

/** What stands against confirming. */
async function check(job: Job): Promise<string | undefined> {
  const problem = await job.urls?.problem()
  const together = (await job.voter?.vote(problem === undefined)) ?? true
  if (problem !== undefined) return problem
  return together ? undefined : 'another host of this deploy failed, and it was to be all or nothing'
}
