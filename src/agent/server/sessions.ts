import type { Key } from '../../contract/key.js'
import { sameKey } from '../access/rights.js'
import { limitsOf } from './limits.js'
import type { PeerInfo } from './session.js'

/** The logins that are connected. */
export interface Sessions {
  /** Counts a login until `end`, which closes it, or until what this gives is called; undefined: there are too many. */
  begin(peer: PeerInfo, end: () => void): (() => void) | undefined
  /** Whether another login than this one is connected from elsewhere: it may be copying to the host. */
  isJoined(peer: PeerInfo): boolean
  /** Ends the logins of a key. */
  endOf(key: Key): void
}

export function createSessions(): Sessions {
  const open = new Set<{ peer: PeerInfo; end: () => void }>()
  return {
    begin: (peer, end) => {
      const { of, sessions } = limitsOf(peer)
      if ([...open].filter((other) => limitsOf(other.peer).of === of).length >= sessions) return undefined
      const session = { peer, end }
      open.add(session)
      return () => open.delete(session)
    },
    isJoined: (own) => [...open].some(({ peer }) => peer !== own && peer.connection !== ''),
    endOf: (key) => {
      for (const { peer, end } of open) if (sameKey(peer.key, key)) end()
    },
  }
}
