import * as z from 'zod/mini'
import { keySchema } from '../../contract/key.js'
import type { Channel } from '../../wire/channel.js'
import { isLine, isText } from '../access/policy/text.js'
import { keyWho } from '../access/rights.js'
import { refused } from '../access/session.js'

/** What the connector says of a login: it runs as root, so it is believed. */
export const peerSchema = z.strictObject({
  /** The connection as sshd names it; empty for none. */
  connection: z.string(),
  /** Whether the login became root by sudo, doas or the like. */
  became: z.boolean(),
  /** The key that it used; null for full access. */
  key: z.nullable(keySchema),
  /** What the gate has refused it already: nothing more comes then. */
  refused: z.optional(z.string()),
})
export type PeerInfo = z.infer<typeof peerSchema>

/** A login that is connected. */
export interface Session {
  peer: PeerInfo
  channel: Channel
  /** Sends it what an activation tells from now on, and what of it isn't known. */
  follow(id: string, known: number): void
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

/** The address that a login came from; empty for the host itself. */
export function fromOf({ connection }: PeerInfo): string {
  return connection.split(' ')[0] ?? ''
}
