import { FrameError, MESSAGE_BYTES } from './frames.js'

/** What the other end of a connection may have this one keep in memory. */
export interface ChannelLimits {
  /** The longest message. */
  messageBytes: number
  /** The most values that a message may hold: each takes more memory than its text. Absent: any number. */
  messageValues?: number
  /** Streams at a time that it may open. */
  streams: number
  /** What was said to it and it has not read. */
  unreadBytes: number
}

export const CHANNEL_LIMITS: ChannelLimits = {
  messageBytes: MESSAGE_BYTES,
  // A deploy of many services has one for each.
  streams: 1024,
  unreadBytes: 2 * MESSAGE_BYTES,
}

const [COMMA, BRACKET, BRACE] = [0x2c, 0x5b, 0x7b]

/** Each value but the first of a list or an object comes after a comma; those in a text count too. */
export function requireFew(message: Uint8Array, most: number | undefined): void {
  if (most === undefined) return
  let values = 1
  for (const byte of message) if (byte === COMMA || byte === BRACKET || byte === BRACE) values += 1
  if (values > most) throw new FrameError('a message holds too much')
}
