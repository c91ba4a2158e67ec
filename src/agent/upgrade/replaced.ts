import { realpath } from 'node:fs/promises'
import * as z from 'zod/mini'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import type { OwnBundle } from './own-bundle.js'

/** `ExecStart`: each command's program, words, and what is not of interest here. */
const execSchema = z.array(z.tuple([z.string(), z.array(z.string())], z.unknown()))

/** How often it is looked for another version; a switch of a system is rare. */
const LOOK_MS = 60_000

/**
 * Has an agent that a NixOS configuration declares end where that declares another by now: systemd starts that one. A
 * switch does not, as it may be what the agent is at. `idle` tells whether it has nothing to do.
 */
export function endWhenReplaced(agent: Agent, own: OwnBundle, idle: () => boolean): void {
  if (!own.declared) return
  const look = async () => {
    if (!idle() || !(await isReplaced(agent, own)) || !idle()) return
    agent.log.info('the NixOS configuration has another version of the agent, which takes over')
    process.exit(0)
  }
  setInterval(() => {
    look().catch((error: unknown) =>
      agent.log.warning(`another version of the agent can't be looked for: ${error}`),
    )
  }, LOOK_MS)
}

/** Whether the agent's unit would start another bundle than this process runs. */
export async function isReplaced({ systemd }: Agent, own: OwnBundle): Promise<boolean> {
  const [command] = execSchema.parse(await systemd.property(AGENT_UNIT, 'Service', 'ExecStart'))
  const bundle = command?.[1][1]
  return bundle !== undefined && (await realpath(bundle).catch(() => own.path)) !== own.path
}
