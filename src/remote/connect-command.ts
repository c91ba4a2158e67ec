import { ConnectExit } from '../contract/exit-codes.js'
import { AGENT_ROOT } from '../contract/paths.js'
import { CONTRACT_VERSION } from '../contract/verbs.js'
import { shellCommand } from '../shell-quote.js'

const NODE = `${AGENT_ROOT}/node/bin/node`
const BUNDLE = `${AGENT_ROOT}/current/agent.cjs`

/** What the gate of a restricted key looks for at the end of a command line; it runs nothing of what precedes it. */
export const CONNECT_WORDS = ['slipway-connect', String(CONTRACT_VERSION)] as const

/** A command line by which a login reaches the agent: its shell may be any, so sh is named. */
export function connectCommand(become: readonly string[]): string {
  return agentCommand(become, ['connect'], CONNECT_WORDS)
}

/** Runs a command as a service would, on this login's own terminal or pipes. */
export function execCommand(
  become: readonly string[],
  service: string,
  tty: boolean,
  words: readonly string[],
): string {
  return agentCommand(become, ['exec', service, tty ? 'tty' : 'pipe', '--', ...words], ['slipway-exec'])
}

function agentCommand(become: readonly string[], args: readonly string[], named: readonly string[]): string {
  const run = `${NODE} ${BUNDLE} --connection "$SSH_CONNECTION" ${shellCommand(args)}`
  const asRoot = shellCommand(become)
  // A login that may not become root is told so first: setup would not help it.
  const missing = `{ [ "$(id -u)" = 0 ] || ${asRoot} true || exit 1; exit ${ConnectExit.notInstalled}; }`
  const script =
    `[ -x ${NODE} ] && [ -r ${BUNDLE} ] || ${missing}; ` +
    `[ "$(id -u)" != 0 ] || exec ${run}; exec ${asRoot} ${run}`
  return shellCommand(['sh', '-c', script, ...named])
}
