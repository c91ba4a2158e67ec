import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_UNIT } from '../contract/paths.js'
import { LATE } from './activation/activate.js'
import type { Agent } from './agent.js'
import { callAgent } from './call.js'
import { createAgent } from './context.js'
import { enliven } from './guard/live.js'
import { own } from './guard/owner.js'
import { hasEnded, readGuard } from './guard/record.js'
import { settle } from './guard/settle.js'
import { aroundOf, partsOf } from './serve.js'

/** How long an agent that works may take to answer, in milliseconds. */
const ANSWER_MS = 10_000
/** How long an agent that answers may go on putting things back, in milliseconds, before it is taken for stuck. */
const WORKS_MS = 600_000
const LOOK_MS = 1000

/**
 * The guard's timer: an activation has taken too long. Where the agent is at work it is left to it; where it hangs, or
 * can't be started, it is ended first, so that there is never a second writer, and this process puts back.
 */
export async function expire(id: string): Promise<number> {
  const agent = createAgent()
  const dir = agent.places.guard(id)
  try {
    const guard = await readGuard(dir)
    if (guard === undefined) return 0
    const until = performance.now() + WORKS_MS
    while (!(await over(dir)) && (await answers()) && performance.now() < until) await sleep(LOOK_MS)
    if (await over(dir)) return 0
    agent.log.warning(`${id}: the agent does not see to it, and is ended`)
    await endAgent(agent)
    try {
      await own(agent, dir)
      const { kinds } = partsOf(agent)
      const live = await enliven(agent, dir, guard)
      await settle(agent, kinds, live, LATE)
      await aroundOf(agent, kinds, async () => undefined).escalate(live)
    } finally {
      await agent.systemd.startNoWait(AGENT_UNIT)
    }
    return 0
  } finally {
    agent.systemd.close()
  }
}

async function over(dir: string): Promise<boolean> {
  return (await readGuard(dir)) === undefined || hasEnded(dir)
}

async function answers(): Promise<boolean> {
  const answer = callAgent('listKeys', {}).then(
    () => true,
    () => false,
  )
  return Promise.race([answer, sleep(ANSWER_MS, false, { ref: false })])
}

/** With all that it has started; a process that is stopped can't end by itself. */
async function endAgent(agent: Agent): Promise<void> {
  await agent.run(['systemctl', 'kill', '--signal=KILL', AGENT_UNIT])
  const result = await agent.systemd.stop(AGENT_UNIT)
  if (result !== 'done') throw new Error(`the agent could not be ended: ${result}`)
}
