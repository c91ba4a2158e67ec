import { AGENT_ROOT } from '../contract/paths.js'
import { SlipwayError } from '../errors.js'
import { shellCommand } from '../shell-quote.js'
import { refusedRoot, rootScript } from './become.js'
import type { Bootstrap } from './bootstrap.js'
import { runAsRoot } from './password.js'

/**
 * Has a host take away its agent, with all units and folders of slipway's but one: by the agent's program, in a process of
 * the login.
 * @throws SlipwayError where services are there, or something does not stop; then it can be called again.
 */
export async function leaveHost({ connection, ask }: Bootstrap, kept: string | undefined): Promise<void> {
  const { host } = connection
  const words = [`${AGENT_ROOT}/node/bin/node`, `${AGENT_ROOT}/current/agent.cjs`, 'leave']
  const script = `exec "$@" ${shellCommand(kept === undefined ? words : [...words, kept])}`
  const command = (become: readonly string[]) => rootScript({ become }, script)
  const { exitCode, stderr } = await runAsRoot(connection, command, {}, ask)
  const refused = refusedRoot(connection, stderr)
  if (refused) throw refused
  if (exitCode === 0) return
  throw new SlipwayError({
    what: `slipway is not all off ${host}`,
    why: stderr.trim() || `It exited with status ${exitCode}.`,
    still: 'What is off already stays off.',
    next: `Put that right (\`slipway setup ${host}\` brings an agent that runs), then run the command again: it goes on from there.`,
  })
}
