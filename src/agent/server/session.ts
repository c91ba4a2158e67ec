import * as z from 'zod/mini'
import type { Channel } from '../../wire/channel.js'

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
