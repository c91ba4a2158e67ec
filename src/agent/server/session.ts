import * as z from 'zod/mini'
import type { Channel } from '../../wire/channel.js'
import { isLine, isText } from '../access/policy/text.js'
import { type KeySession, keyWho } from '../access/rights.js'
import { refused } from '../access/session.js'

/** What the connector says of a login: it runs as root, so it is believed. */
export const peerSchema = z.strictObject({
  /** The connection as sshd names it; empty for none. */
  connection: z.string(),
  /** Whether the login became root by sudo, doas or the like. */
  became: z.boolean(),
  /** The key for one service that it used; null for full access. */
  key: z.nullable(z.strictObject({ service: z.string(), name: z.string() })),
})
export type PeerInfo = z.infer<typeof peerSchema>

/** A login that is connected. */
export interface Session {
  peer: PeerInfo
  channel: Channel
  /** Sends it what an activation tells from now on, and what of it isn't known. */
  follow(id: string, known: number): void
}

export function sameKey(one: KeySession | null, other: KeySession | null): boolean {
  return one !== null && other !== null && one.service === other.service && one.name === other.name
}

/** Who asks for something, as locks and histories name them. */
export function whoAsks({ key }: PeerInfo, who: string): string {
  if (key === null) return who
  if (!isLine(who)) throw refused(['it does not say in one line who asks'])
  return keyWho(who, key)
}

/** Why somebody asks for something, as people read it. */
export function whyAsked({ key }: PeerInfo, reason: string): string {
  if (key !== null && !isText(reason)) throw refused(['its reason holds control characters'])
  return reason
}
