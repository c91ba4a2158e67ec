import { connect } from 'node:net'
import { CallFailed, failureText } from '../contract/failure.js'
import { SHORT_OF_ROOM_KB } from '../contract/room.js'
import { CONTRACT_VERSION, type Params, type Result, type Verb } from '../contract/verbs.js'
import { callPeer } from '../wire/peer.js'
import { placesAt } from './places.js'
import type { PeerInfo } from './server/session.js'
import { AGENT_VERSION } from './version.js'

/** Nobody's login: what systemd starts on this host. */
const LOCAL: PeerInfo = { connection: '', became: false, key: null }

/** Calls the agent of this host, as its timers do. Rejects where it does not answer, or refuses. */
export async function callAgent<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>> {
  const socket = connect(placesAt().socket)
  socket.write(`${JSON.stringify(LOCAL)}\n`)
  const peer = callPeer({
    readable: socket,
    writable: socket,
    onEvent: () => undefined,
    lost: (cause) => cause ?? new Error('the agent ended before it answered'),
  })
  try {
    await peer.call('hello', { contract: CONTRACT_VERSION, version: AGENT_VERSION })
    return await peer.call(verb, params)
  } finally {
    peer.channel.close()
  }
}

/** How long a round of all domains may take, in milliseconds: an order takes ten minutes at most. */
const ROUND_MS = 3_600_000

/** What timers ask for, by name. Resolves to an exit code. */
export async function callByName(name: string | undefined): Promise<number> {
  switch (name) {
    case 'certificates-run':
      return told('certificates could not be seen to', () =>
        callAgent('certificates', { mode: 'due', ms: ROUND_MS, domains: [] }),
      )
    case 'gc-run':
      return told('room could not be made', () =>
        callAgent('gc', { who: 'the timer of this host', shortOfKb: SHORT_OF_ROOM_KB }),
      )
    default:
      return 64
  }
}

async function told(what: string, work: () => Promise<unknown>): Promise<number> {
  try {
    await work()
    return 0
  } catch (error) {
    const why = error instanceof CallFailed ? failureText(error.failure) : String(error)
    process.stderr.write(`${what}: ${why}\n`)
    return 1
  }
}
