import { chmod } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { CallFailed, failureText } from '../../contract/failure.js'
import type { Params, Verb } from '../../contract/verbs.js'
import { MESSAGE_BYTES } from '../../wire/frames.js'
import { servePeer } from '../../wire/peer.js'
import type { Audit } from '../access/audit.js'
import { refusedText } from '../access/rights.js'
import { refused } from '../access/session.js'
import { callText, verbAllowed } from '../access/verb-rights.js'
import { handlersFor } from './handlers.js'
import type { Parts } from './parts.js'
import { type PeerInfo, peerSchema, type Session } from './session.js'
import type { State } from './state.js'

/** What a key may say at once: a service's release with its secrets, never a hundred of them. */
const KEY_MESSAGE_BYTES = 8 * 1024 * 1024
/** Logins at a time: each costs memory, and a host has few deployers. */
const MOST_SESSIONS = 64
/** How long a connector may take to say whose login it brings, in milliseconds. */
const PEER_MS = 5000

/** Listens on a unix socket that root alone can reach; who has logged in, the connector says. */
export async function listen(state: State, parts: Parts, audit: Audit): Promise<Server> {
  const { agent } = state
  const { socket, run } = agent.places
  let sessions = 0
  const server = createServer((connection) => {
    if (sessions >= MOST_SESSIONS) {
      connection.destroy()
      return
    }
    sessions += 1
    connection.on('close', () => {
      sessions -= 1
    })
    accept(state, parts, audit, connection)
  })
  await agent.files.makeFolder(run)
  // Whatever lies there: the folder is root's alone to write to.
  await agent.files.remove(socket)
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(socket, resolve)
    })
  } finally {
    process.umask(mask)
  }
  await chmod(socket, 0o600)
  return server
}

/** The connector's first frame decides what the rest may be. */
function accept(state: State, parts: Parts, audit: Audit, connection: Socket): void {
  connection.on('error', () => undefined)
  const timer = setTimeout(() => connection.destroy(), PEER_MS)
  const noise = connection.once('readable', () => {
    // One line of JSON, then the login's own bytes.
    const chunk = connection.read() as Buffer | null
    const end = chunk?.indexOf('\n') ?? -1
    clearTimeout(timer)
    if (chunk === null || end < 0) {
      connection.destroy()
      return
    }
    const peer = peerSchema.safeParse(parseJson(chunk.subarray(0, end).toString()))
    if (!peer.success) {
      connection.destroy()
      return
    }
    connection.unshift(chunk.subarray(end + 1))
    serve(state, parts, audit, connection, peer.data)
  })
  noise.on('close', () => clearTimeout(timer))
}

function serve(state: State, parts: Parts, audit: Audit, connection: Socket, peer: PeerInfo): void {
  const { agent } = state
  const follows = new Map<string, () => void>()
  const session: Session = {
    peer,
    get channel() {
      return agentPeer.channel
    },
    follow: (id, known) => {
      follows.get(id)?.()
      const live = state.lives.get(id)
      if (live)
        follows.set(
          id,
          live.follow(known, (seq, event) => agentPeer.notify({ id, seq, event })),
        )
    },
  }
  const [from = ''] = peer.connection.split(' ')
  const agentPeer = servePeer({
    readable: connection,
    writable: connection,
    maxMessageBytes: peer.key === null ? MESSAGE_BYTES : KEY_MESSAGE_BYTES,
    handlers: handlersFor(state, parts, session),
    allow: (verb, params) => {
      agent.log.debug(`${from || 'a local login'}: ${callText(verb, params as Params<Verb>)}`)
      if (peer.key === null) return
      const owns = (id: string) => ownsActivation(state, peer, id)
      if (!verbAllowed(verb, params as Params<Verb>, peer.key, owns)) throw refused([refusedText(peer.key)])
      audit.asked(peer.key, from, callText(verb, params as Params<Verb>))
    },
    onFailure: (verb, error) => {
      if (!(error instanceof CallFailed)) {
        agent.log.error(`${verb}: ${error instanceof Error ? error.stack : String(error)}`)
      } else if (peer.key !== null) audit.refused(peer.key, from, `${verb}: ${failureText(error.failure)}`)
    },
  })
  void agentPeer.channel.closed.then((error) => {
    if (error) agent.log.info(`the login from ${from || 'here'} ended: ${error.message}`)
    for (const stop of follows.values()) stop()
  })
}

/** Whether no other key, and no administrator, has begun an activation: one that isn't there is nobody's. */
function ownsActivation({ lives, arriving }: State, { key }: PeerInfo, id: string): boolean {
  const begun = lives.get(id)?.guard ?? arriving.get(id)
  return begun === undefined || sameKey(begun.key, key)
}

function sameKey(one: PeerInfo['key'], other: PeerInfo['key']): boolean {
  return one !== null && other !== null && one.service === other.service && one.name === other.name
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
