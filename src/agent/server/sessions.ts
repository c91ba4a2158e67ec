import type { Key } from '../../contract/key.js'
import { sameKey } from '../access/rights.js'
import { limitsOf } from './limits.js'
import type { PeerInfo } from './session.js'

/** The logins that are connected. */
export interface Sessions {
  /** Counts a login until `end`, which closes it, or until what this gives is called; undefined: there are too many. */
  begin(peer: PeerInfo, end: () => void): (() => void) | undefined
  /** How many logins from elsewhere are connected: each may be copying to the host. */
  deployers(): number
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
    deployers: () => [...open].filter(({ peer }) => peer.connection !== '').length,
    endOf: (key) => {
      for (const { peer, end } of open) if (sameKey(peer.key, key)) end()
    },
  }
}
