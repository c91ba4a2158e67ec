import { CHANNEL_LIMITS, type ChannelLimits } from '../../wire/limits.js'
import { MOST_CALLS } from '../../wire/peer.js'
import { keyText } from '../access/rights.js'
import type { PeerInfo } from './session.js'

const MIB = 1024 * 1024

/** What a login may cost the host. */
export interface Limits extends ChannelLimits {
  /** Whose logins are counted together. */
  of: string
  /** Logins at a time. */
  sessions: number
  /** Calls that are answered at a time. */
  calls: number
  /** Journals that are read at a time; each is a process. */
  logs: number
}

/** Each login costs memory, and a host has few deployers. */
const FULL = { ...CHANNEL_LIMITS, sessions: 64, calls: MOST_CALLS, logs: 64 }

/**
 * A deploy takes two logins, and a third where its connection is lost; a second one may wait for it. It sends one
 * release: with the 20,000 paths that it may have that is less than 4 MiB, and 60,000 values.
 */
const OF_A_KEY = {
  messageBytes: 4 * MIB,
  messageValues: 100_000,
  streams: 4,
  unreadBytes: 16 * MIB,
  sessions: 6,
  calls: 16,
  logs: 4,
}

/** One that was granted more than a service deploys several at once, and follows the journals of all. */
const OF_SEVERAL = {
  messageBytes: 16 * MIB,
  messageValues: 400_000,
  streams: 64,
  unreadBytes: 64 * MIB,
  sessions: 24,
  calls: 32,
  logs: 32,
}

/** Counted for each key, for administrators and for this host's own timers: none keeps another out. */
export function limitsOf({ key, connection }: PeerInfo): Limits {
  if (key !== null) return { ...(key.service === null ? OF_SEVERAL : OF_A_KEY), of: `the ${keyText(key)}` }
  return { ...FULL, of: connection === '' ? 'the host itself' : 'administrators' }
}
