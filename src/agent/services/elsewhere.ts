import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { type SocketEnd, shownSocket } from '../sockets/tcp.js'
import { listeningOf } from '../sockets/unit-sockets.js'
import { isHealthy } from './answer.js'
import { askerFor, askWithin } from './asker.js'
import { type HealthProbe, questionOf } from './health-probe.js'

/** Addresses at which a socket takes connections to 127.0.0.1; one of IPv6 takes them unless it is told not to. */
const REACHED: readonly string[] = ['127.0.0.1', '0.0.0.0', '::']
/** Into a network of its own nginx gets by IPv6, too. */
const REACHED_WITHIN: readonly string[] = [...REACHED, '::1']

/**
 * Where a program listens that isn't reached where its config says; undefined: nowhere else. Throws {@link ItemProblem}
 * where it is healthy there, since then it won't come to listen anywhere else; what isn't may be a port for metrics of a
 * program that is still starting.
 */
export async function listensElsewhere(
  agent: Agent,
  unit: string,
  probe: HealthProbe,
): Promise<string | undefined> {
  const { endpoint, health, network, program } = probe
  if (program !== undefined || endpoint === undefined || !('tcp' in endpoint)) return undefined
  const sockets = await listeningOf(agent, unit, 'own')
  const reached = network === undefined ? REACHED : REACHED_WITHIN
  if (sockets.some(({ port, address }) => port === endpoint.tcp && reached.includes(address))) {
    return undefined
  }
  const [first] = sockets
  if (first === undefined) return undefined
  const text = elsewhereText(sockets, endpoint.tcp, network !== undefined)
  // Whatever listens takes connections: that tells of nothing.
  if (health.by !== undefined) return text
  const asker = network === undefined ? askerFor(undefined) : askWithin(network)
  try {
    for (const { address, port } of sockets) {
      const there = { tcp: port, at: [loopbackOf(address)] }
      const answer = await asker.ask({ ...questionOf(probe), endpoint: there })
      if (isHealthy(answer, health.status)) throw new ItemProblem(text)
    }
  } finally {
    asker.end()
  }
  return text
}

/** What is seen and what helps, for people. */
export function elsewhereText(sockets: readonly SocketEnd[], port: number, ownNetwork: boolean): string {
  const where = [...new Set(sockets.map(shownSocket))].join(', ')
  const same = sockets.find((socket) => socket.port === port)
  const [other] = sockets
  const listen = ownNetwork ? `{ port: ${other?.port}, network: 'own' }` : `{ port: ${other?.port} }`
  const help = same
    ? 'have it listen on 127.0.0.1'
    : `have it listen there ($PORT says so with listen: 'port'), or write listen: ${listen}`
  return `it listens on ${where}, and not on 127.0.0.1:${port}, where nginx asks it: ${help}`
}

function loopbackOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}
