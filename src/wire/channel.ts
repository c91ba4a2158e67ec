import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import {
  createDecoder,
  encodeFrame,
  type Frame,
  FrameError,
  FrameType,
  MESSAGE_BYTES,
  PIECE_BYTES,
} from './frames.js'
import { type Credit, createCredit, createInbox, type Inbox, WINDOW_BYTES } from './streams.js'

/** Messages and streams of bytes over one connection. */
export interface Channel {
  send(message: string): void
  /** Sends bytes over a stream of its own; `done` ends when the last piece has been handed on. */
  upload(source: Uint8Array | AsyncIterable<Uint8Array>): { stream: number; done: Promise<void> }
  /** What the other end sends over a stream, in order. Each is read once. */
  download(stream: number): AsyncIterable<Buffer>
  /** Nobody will read a stream any more: what there is of it goes, and what comes still. */
  drop(stream: number): void
  /** Resolves when the connection has ended; to an error where it did not end well. */
  closed: Promise<Error | undefined>
  close(error?: Error): void
}

export interface ChannelOptions {
  readable: Readable
  writable: Writable
  /** Whose streams have odd numbers: the deployer's; those of the agent have even ones. */
  opens: 'odd' | 'even'
  onMessage(message: string): void
  /** What the other end may cost. Default: {@link CHANNEL_LIMITS}. */
  limits?: ChannelLimits
}

/** What the other end of a connection may have this one keep in memory. */
export interface ChannelLimits {
  /** The longest message. */
  messageBytes: number
  /** Streams at a time that it may open. */
  streams: number
  /** What was said to it, and it has not read. */
  unreadBytes: number
}

export const CHANNEL_LIMITS: ChannelLimits = {
  messageBytes: MESSAGE_BYTES,
  // A deploy of many services has one for each.
  streams: 1024,
  unreadBytes: 2 * MESSAGE_BYTES,
}

/** What lies in this process before the connection takes it: a call waits behind that much of an upload. */
const UNSENT_BYTES = 2 * PIECE_BYTES

export function openChannel(options: ChannelOptions): Channel {
  const { readable, writable, opens, onMessage, limits = CHANNEL_LIMITS } = options
  const sending = new Map<number, Credit>()
  const receiving = new Map<number, Inbox>()
  /** Streams that nobody reads any more and that have not ended. */
  const dropped = new Set<number>()
  const unread = new Map<number, number>()
  let nextStream = opens === 'odd' ? 1 : 2
  let ended = false
  let onClosed: (error: Error | undefined) => void = () => undefined
  const closed = new Promise<Error | undefined>((resolve) => {
    onClosed = resolve
  })
  const write = (type: FrameType, stream: number, payload: Uint8Array = new Uint8Array()) => {
    if (ended) return
    writable.write(encodeFrame(type, stream, payload))
    if (writable.writableLength > limits.unreadBytes) close(new Error('the other end does not read'))
  }
  const close = (error?: Error) => {
    if (ended) return
    ended = true
    const why = error ?? new Error('the connection has ended')
    for (const credit of sending.values()) credit.fail(why)
    for (const inbox of receiving.values()) inbox.fail(why)
    readable.destroy()
    writable.end()
    onClosed(error)
  }
  const inboxOf = (stream: number): Inbox => {
    const known = receiving.get(stream)
    if (known) return known
    requireRoom()
    const inbox = createInbox((bytes) => {
      unread.set(stream, (unread.get(stream) ?? 0) - bytes)
      const more = Buffer.allocUnsafe(4)
      more.writeUInt32BE(bytes)
      write(FrameType.credit, stream, more)
    })
    receiving.set(stream, inbox)
    return inbox
  }
  const requireRoom = () => {
    if (receiving.size + dropped.size >= limits.streams) throw new FrameError('too many streams at a time')
  }
  const forget = (stream: number) => {
    receiving.delete(stream)
    dropped.delete(stream)
    unread.delete(stream)
  }
  const drop = (stream: number) => {
    if (dropped.has(stream)) return
    if (receiving.get(stream)?.over) {
      forget(stream)
      return
    }
    receiving.delete(stream)
    try {
      requireRoom()
    } catch (error) {
      close(error as Error)
      return
    }
    dropped.add(stream)
    write(FrameType.broken, stream)
  }
  const take = ({ type, stream, payload }: Frame) => {
    const ours = stream % 2 === (opens === 'odd' ? 1 : 0)
    switch (type) {
      case FrameType.message:
        onMessage(payload.toString())
        return
      case FrameType.bytes: {
        if (ours) throw new FrameError('bytes for a stream of our own')
        const waiting = (unread.get(stream) ?? 0) + payload.byteLength
        if (waiting > WINDOW_BYTES) throw new FrameError('more bytes than were asked for')
        unread.set(stream, waiting)
        if (!dropped.has(stream)) inboxOf(stream).push(payload)
        return
      }
      case FrameType.end:
        if (ours) throw new FrameError('the end of a stream of our own')
        if (dropped.has(stream)) forget(stream)
        else inboxOf(stream).end()
        return
      case FrameType.broken:
        if (ours) sending.get(stream)?.fail(new Error('the other end wants no more of it'))
        else if (dropped.has(stream)) forget(stream)
        else inboxOf(stream).fail(new Error('it was broken off'))
        return
      case FrameType.credit:
        if (payload.byteLength === 4) sending.get(stream)?.give(payload.readUInt32BE(0))
        return
    }
  }
  const decode = createDecoder(take, limits.messageBytes)
  readable.on('data', (chunk: Buffer) => {
    if (ended) return
    try {
      decode(chunk)
    } catch (error) {
      close(error instanceof Error ? error : new Error(String(error)))
    }
  })
  readable.on('end', () => close())
  readable.on('close', () => close())
  readable.on('error', close)
  writable.on('error', close)

  async function pump(stream: number, credit: Credit, source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const chunk of source) {
        for (let at = 0; at < chunk.byteLength; ) {
          const size = await credit.take(chunk.byteLength - at)
          write(FrameType.bytes, stream, chunk.subarray(at, at + size))
          at += size
          if (writable.writableLength > UNSENT_BYTES) {
            await Promise.race([once(writable, 'drain'), closed])
          }
        }
      }
      write(FrameType.end, stream)
    } catch (error) {
      write(FrameType.broken, stream)
      throw error
    } finally {
      sending.delete(stream)
    }
  }

  return {
    send: (message) => write(FrameType.message, 0, Buffer.from(message)),
    upload: (source) => {
      const stream = nextStream
      nextStream += 2
      const credit = createCredit()
      sending.set(stream, credit)
      if (ended) credit.fail(new Error('the connection has ended'))
      const done = pump(stream, credit, Symbol.asyncIterator in source ? source : single(source))
      // Whoever sends learns of it from the call that the stream belongs to.
      done.catch(() => undefined)
      return { stream, done }
    },
    async *download(stream) {
      if (dropped.has(stream)) throw new Error('nobody was to read it any more')
      const inbox = inboxOf(stream)
      try {
        yield* inbox
      } finally {
        drop(stream)
      }
    },
    drop,
    closed,
    close,
  }
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
