import type { GuardSettings } from '../../contract/activation.js'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'
import { agentCommand } from '../command.js'

/** The timer that puts an activation back when the agent can't. */
function guardUnit(id: string): string {
  return `slipway-guard-${id}`
}

/** What the timer leaves the activation's own limits, in milliseconds: the reason that people read is the exact one. */
const SLACK_MS = 5000

/** Arms the timer that puts an activation back when the agent hangs, or can't be started. */
export async function armTimer(
  agent: Agent,
  id: string,
  { activateMs, confirmMs, holdMs }: GuardSettings,
): Promise<void> {
  const starting = agent.systemd.startTimer({
    name: guardUnit(id),
    description: 'slipway: puts back what nobody confirms',
    identifier: 'slipway',
    afterMs: activateMs + confirmMs + holdMs + SLACK_MS,
    command: agentCommand(agent, 'expire', id),
  })
  const why = await starting.then(
    (result) => (result === 'done' ? undefined : result),
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (why !== undefined) throw failed('the guard could not be armed, so nothing was begun', { why })
}

/** Nothing is left that would be put back. */
export async function disarmTimer(agent: Agent, id: string): Promise<void> {
  await agent.systemd.stop(`${guardUnit(id)}.timer`).catch((error: unknown) => {
    // What it then finds has ended.
    agent.log.warning(`the timer of ${id} could not be stopped: ${String(error)}`)
  })
}
