import { connect, isIP } from 'node:net'
import { join } from 'node:path'
import * as z from 'zod/mini'
import type { GuardSettings } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { gatewaysIn } from './decide.js'

/** How long a peer on a slow link may take to answer. */
const ANSWER_MS = 1000
/** How long a tool may take that asks the kernel alone, or that ends by itself after {@link ANSWER_MS}. */
const TOOL_MS = 5000
/** Whoever answers there or refuses must first be found on the link. Nobody listens there (RFC 863: discard). */
const DISCARD_PORT = 9

const peersSchema = z.object({ version: z.literal(1), peers: z.array(z.string()) })

function peersPath(guardDir: string): string {
  return join(guardDir, 'peers.json')
}

/**
 * Finds who answers now, before anything changes: they are who must answer then.
 * @param client The deployer's address; empty where it is not known.
 */
export async function prepareEscalation(
  agent: Agent,
  guardDir: string,
  { escalate }: GuardSettings,
  client: string,
): Promise<void> {
  if (escalate === null) return
  const known = new Set([client, ...(await gateways(agent))].filter((address) => isIP(address) !== 0))
  const peers = await answering(agent, [...known])
  await agent.files.write(peersPath(guardDir), `${JSON.stringify({ version: 1, peers })}\n`)
}

async function gateways(agent: Agent): Promise<string[]> {
  const ended = await agent.run(['ip', 'route', 'show', 'default'], { timeoutMs: TOOL_MS })
  if (ended.code === 0) return gatewaysIn(ended.stdout)
  agent.log.warning(`ip could not tell the gateways: ${ended.stderr.trim() || 'no answer'}`)
  return []
}

/**
 * Those who answered before the activation. Where they are not known any more, nobody but the deployer can tell that
 * the network is back: that must not keep a host from what helps.
 */
export async function peersOf(agent: Agent, guardDir: string): Promise<string[]> {
  try {
    const text = await readText(peersPath(guardDir))
    return text === undefined ? [] : peersSchema.parse(JSON.parse(text)).peers
  } catch (error) {
    agent.log.warning(`${peersPath(guardDir)} can't be read: ${error}`)
    return []
  }
}

/** Those of the addresses that answer. */
export async function answering(agent: Agent, addresses: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(addresses.map((address) => doesAnswer(agent, address)))
  return addresses.filter((_, index) => answers[index])
}

/** Small hosts lack ping, and gateways may not answer it: on the same link it is enough to be found there. */
async function doesAnswer(agent: Agent, address: string): Promise<boolean> {
  const run = (...argv: string[]) => agent.run(argv, { timeoutMs: TOOL_MS })
  const ping = await run('ping', '-q', '-c', '1', '-W', String(ANSWER_MS / 1000), address)
  if (ping.code === 0) return true
  await run('ip', 'neighbour', 'flush', 'to', address)
  await knock(address)
  const neighbour = await run('ip', 'neighbour', 'show', 'to', address)
  return neighbour.code === 0 && neighbour.stdout.includes('lladdr')
}

/** Has the kernel look for an address on the link; whatever comes of it. */
function knock(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: DISCARD_PORT, timeout: ANSWER_MS })
    const done = () => {
      socket.destroy()
      resolve()
    }
    socket.once('connect', done).once('timeout', done).once('error', done)
  })
}
