import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_START_SECONDS } from '../../contract/agent-unit.js'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { journalOf } from '../journal/explain.js'

/** How long systemd may take to tell how a start ended: it gives up on the agent itself before. */
const START_MS = (AGENT_START_SECONDS + 5) * 1000
/** How long a version must run without ending once it has said that it is ready. */
const STAYS_MS = 2_000
const LOOK_MS = 100

/** Starts the agent's unit anew and tells why it does not run; undefined where it does. */
export async function restartAgent(agent: Agent, staysMs = STAYS_MS): Promise<string | undefined> {
  const problem = await startProblem(agent, staysMs)
  if (problem === undefined) return undefined
  const journal = await journalOf(agent, [AGENT_UNIT])
  return journal === '' ? problem : `${problem}\n${journal}`
}

async function startProblem({ systemd }: Agent, staysMs: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(START_MS)
  const result = await systemd.restart(AGENT_UNIT, { signal }).catch((error: unknown) => {
    if (signal.aborted) return 'timeout'
    throw error
  })
  if (result !== 'done') return `it did not become ready: systemd says ${result}`
  const { mainPid } = await systemd.unit(AGENT_UNIT)
  const end = performance.now() + staysMs
  while (performance.now() < end) {
    const now = await systemd.unit(AGENT_UNIT)
    if (now.active !== 'active' || now.mainPid !== mainPid) return 'it became ready, and ended soon after'
    await sleep(LOOK_MS)
  }
  return undefined
}
