import { CONNECT_MAGIC, ConnectExit } from '../contract/exit-codes.js'
import { AGENT_ROOT, AGENT_SOCKET } from '../contract/paths.js'
import { CONTRACT_VERSION } from '../contract/verbs.js'
import { shellCommand, shellQuote } from '../shell-quote.js'

const NODE = `${AGENT_ROOT}/node/bin/node`
const BUNDLE = `${AGENT_ROOT}/current/agent.cjs`
/** It starts many times faster than Node. Comes with it; where it doesn't, the agent's own connector is run. */
const SOCAT = `${AGENT_ROOT}/node/bin/socat`

/** How often socat tries to reach an agent that begins to listen, and the pause, in seconds. */
const TRIES = 100
const PAUSE_SECONDS = 0.05
/** How long socat waits for one side when the other has ended, in seconds. */
const END_SECONDS = 0.1
/** What it passes on at once, in bytes: closures are large. */
const BUFFER_BYTES = 128 * 1024

/** What the gate of a restricted key looks for at the end of a command line; it runs nothing of what precedes it. */
export const CONNECT_WORDS = ['slipway-connect', String(CONTRACT_VERSION)] as const

/** A command line by which a login reaches the agent: its shell may be any, so sh is named. */
export function connectCommand(become: readonly string[]): string {
  return agentCommand(become, ['connect'], CONNECT_WORDS, `if ${HAS_SOCAT}; then ${BY_SOCAT}; fi; `)
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

const HAS_SOCAT = `[ "$(id -u)" = 0 ] && [ -S ${AGENT_SOCKET} ] && [ -x ${SOCAT} ]`

/**
 * What the connector does (src/agent/connect.ts), for a login of root's: it says whose login it is, then hands on what
 * either says. When socat has ended, `cat` would still wait for input, and keep sshd's session open: so the process
 * group is ended, by a signal that says how.
 */
const BY_SOCAT = [
  `trap 'exit ${ConnectExit.noAnswer}' USR1`,
  "trap 'exit 0' HUP",
  'exec 3<&0',
  `printf ${shellQuote(escaped(CONNECT_MAGIC))}`,
  `{ printf '{"connection":"%s","became":false,"key":null}\\n' "$SSH_CONNECTION"; exec cat <&3 2>/dev/null; } | ` +
    `{ ${SOCAT} -t ${END_SECONDS} -b ${BUFFER_BYTES} - UNIX-CONNECT:${AGENT_SOCKET},retry=${TRIES},interval=${PAUSE_SECONDS} 3<&- || ` +
    'kill -USR1 0; kill -HUP 0; }',
].join('; ')

/** As printf(1) takes it: some shells take no line breaks in a word. */
function escaped(text: string): string {
  return text.replaceAll('\n', '\\n')
}

function agentCommand(
  become: readonly string[],
  args: readonly string[],
  named: readonly string[],
  before = '',
): string {
  const run = `${NODE} ${BUNDLE} --connection "$SSH_CONNECTION" ${shellCommand(args)}`
  const asRoot = shellCommand(become)
  // A login that may not become root is told so first: setup would not help it.
  const missing = `{ [ "$(id -u)" = 0 ] || ${asRoot} true || exit 1; exit ${ConnectExit.notInstalled}; }`
  const script =
    `${before}[ -x ${NODE} ] && [ -r ${BUNDLE} ] || ${missing}; ` +
    `[ "$(id -u)" != 0 ] || exec ${run}; exec ${asRoot} ${run}`
  return shellCommand(['sh', '-c', script, ...named])
}
