import { ItemProblem } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { shownSocket, type TcpSocket } from '../sockets/tcp.js'
import { listeningOf } from '../sockets/unit-sockets.js'
import type { HealthProbe } from './health.js'
import { ask, isHealthy } from './probe.js'

/** Addresses at which a socket takes connections to 127.0.0.1; one of IPv6 takes them unless it is told not to. */
const REACHED = new Set(['127.0.0.1', '0.0.0.0', '::'])

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
  const { endpoint, health, host } = probe
  if (!('tcp' in endpoint)) return undefined
  const sockets = await listeningOf(agent, unit, 'own')
  if (sockets.some(({ port, address }) => port === endpoint.tcp && REACHED.has(address))) return undefined
  const [first] = sockets
  if (first === undefined) return undefined
  const text = elsewhereText(sockets, endpoint.tcp)
  for (const { address, port } of sockets) {
    const answer = await ask({
      endpoint: { tcp: port },
      address: loopbackOf(address),
      host,
      path: health.path,
      timeoutMs: health.attemptMs,
    })
    if (isHealthy(answer, health.status)) throw new ItemProblem(text)
  }
  return text
}

/** What is seen and what helps, for people. */
export function elsewhereText(sockets: readonly Pick<TcpSocket, 'address' | 'port'>[], port: number): string {
  const where = [...new Set(sockets.map(shownSocket))].join(', ')
  const same = sockets.find((socket) => socket.port === port)
  const [other] = sockets
  const help = same
    ? 'have it listen on 127.0.0.1'
    : `have it listen there ($PORT says so with listen: 'port'), or write listen: { port: ${other?.port} }`
  return `it listens on ${where}, and not on 127.0.0.1:${port}, where nginx asks it: ${help}`
}

function loopbackOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1'
  return address === '::' ? '::1' : address
}
