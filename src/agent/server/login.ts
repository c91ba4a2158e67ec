import type { Socket } from 'node:net'
import { CallFailed, failed, failureText } from '../../contract/failure.js'
import { servePeer } from '../../wire/peer.js'
import type { Audit } from '../access/audit.js'
import { toldFailure } from '../disk-problem.js'
import { createAllow } from './allow.js'
import { handlersFor } from './handlers.js'
import { failureFor } from './in-turn.js'
import { limitsOf } from './limits.js'
import type { Parts } from './parts.js'
import { fromOf, type PeerInfo, type Session } from './session.js'
import type { Sessions } from './sessions.js'
import type { State } from './state.js'

/** How long a login that is one too many may take to be told so, in milliseconds. */
const TURN_AWAY_MS = 1000

/** What logins are served with. */
export interface Serving {
  state: State
  parts: Parts
  audit: Audit
  sessions: Sessions
}

/** Answers a login's calls until it ends. */
export function serveLogin(serving: Serving, connection: Socket, peer: PeerInfo): void {
  const { state, audit, sessions } = serving
  const { agent } = state
  const { key } = peer
  const from = fromOf(peer)
  const limits = limitsOf(peer)
  const follows = new Map<string, () => void>()
  const session: Session = {
    peer,
    get channel() {
      return agentPeer.channel
    },
    follow: (id, known) => {
      follows.get(id)?.()
      const live = state.lives.get(id)
      if (!live) return
      const tell = live.follow(known, (seq, event) => agentPeer.notify({ id, seq, event }))
      follows.set(id, tell)
    },
  }
  const counted = sessions.begin(peer, () => agentPeer.channel.close())
  const allow = createAllow(state, audit, peer)
  const agentPeer = servePeer({
    readable: connection,
    writable: connection,
    limits,
    mostCalls: limits.calls,
    handlers: handlersFor(serving, session),
    allow: (verb, params) => {
      if (counted) return allow(verb, params)
      throw failed(`the host has ${limits.sessions} logins of ${limits.of}, and takes no more at a time`)
    },
    told: (error) => failureFor(state, peer, toldFailure(error)),
    onFailure: (verb, error) => {
      if (!(error instanceof CallFailed)) {
        agent.log.error(`${verb}: ${error instanceof Error ? error.stack : String(error)}`)
      } else if (key !== null) audit.refused(key, from, `${verb}: ${failureText(error.failure)}`)
    },
  })
  const turnAway = counted ? undefined : setTimeout(() => agentPeer.channel.close(), TURN_AWAY_MS)
  void agentPeer.channel.closed.then((error) => {
    clearTimeout(turnAway)
    counted?.()
    for (const stop of follows.values()) stop()
    if (error === undefined) return
    if (key !== null) audit.refused(key, from, error.message)
    else agent.log.info(`the login from ${from || 'here'} ended: ${error.message}`)
  })
}
