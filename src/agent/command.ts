import { join } from 'node:path'
import type { Agent } from './agent.js'

/** The words by which others, such as systemd's timers, run the agent's program: what `current` leads to by then. */
export function agentCommand({ places }: Pick<Agent, 'places'>, ...words: string[]): string[] {
  return [join(places.agents, 'node/bin/node'), join(places.agents, 'current/agent.cjs'), ...words]
}
