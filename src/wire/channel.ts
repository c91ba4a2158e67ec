import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { createDecoder, encodeFrame, type Frame, FrameError, FrameType, PIECE_BYTES } from './frames.js'
import { CHANNEL_LIMITS, type ChannelLimits, requireFew } from './limits.js'
import { createReceiver } from './receiving.js'
import { type Credit, createCredit } from './streams.js'

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
  /** Default: {@link CHANNEL_LIMITS}. */
  limits?: ChannelLimits
}

/** What lies in this process before the connection takes it: a call waits behind that much of an upload. */
const UNSENT_BYTES = 2 * PIECE_BYTES

export function openChannel(options: ChannelOptions): Channel {
  const { readable, writable, opens, onMessage, limits = CHANNEL_LIMITS } = options
  const sending = new Map<number, Credit>()
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
  const receiver = createReceiver({
    most: limits.streams,
    credit: (stream, bytes) => {
      const more = Buffer.allocUnsafe(4)
      more.writeUInt32BE(bytes)
      write(FrameType.credit, stream, more)
    },
    unwanted: (stream) => write(FrameType.broken, stream),
  })
  const close = (error?: Error) => {
    if (ended) return
    ended = true
    const why = error ?? new Error('the connection has ended')
    for (const credit of sending.values()) credit.fail(why)
    receiver.fail(why)
    readable.destroy()
    writable.end()
    onClosed(error)
  }
  /** Ends the connection where the other end does not keep to the rules. */
  const orClose = (work: () => void) => {
    try {
      work()
    } catch (error) {
      close(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const take = ({ type, stream, payload }: Frame) => {
    if (ended) return
    const ours = stream % 2 === (opens === 'odd' ? 1 : 0)
    switch (type) {
      case FrameType.message:
        requireFew(payload, limits.messageValues)
        onMessage(payload.toString())
        return
      case FrameType.bytes:
        if (ours) throw new FrameError('bytes for a stream of our own')
        receiver.bytes(stream, payload)
        return
      case FrameType.end:
        if (ours) throw new FrameError('the end of a stream of our own')
        receiver.end(stream)
        return
      case FrameType.broken:
        if (ours) sending.get(stream)?.fail(new Error('the other end wants no more of it'))
        else receiver.broken(stream)
        return
      case FrameType.credit:
        if (payload.byteLength === 4) sending.get(stream)?.give(payload.readUInt32BE(0))
        return
    }
  }
  const decode = createDecoder(take, limits.messageBytes)
  readable.on('data', (chunk: Buffer) => {
    if (!ended) orClose(() => decode(chunk))
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
    download: (stream) => receiver.read(stream),
    drop: (stream) => orClose(() => receiver.drop(stream)),
    closed,
    close,
  }
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
