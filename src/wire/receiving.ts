import { FrameError } from './frames.js'
import { createInbox, type Inbox, WINDOW_BYTES } from './streams.js'

/** The streams that the other end has opened. */
export interface Receiver {
  bytes(stream: number, piece: Buffer): void
  end(stream: number): void
  broken(stream: number): void
  /** Each is read once. */
  read(stream: number): AsyncIterable<Buffer>
  /** Nobody will read a stream any more: what there is of it goes, and what comes still. */
  drop(stream: number): void
  /** No more comes of any. */
  fail(error: Error): void
}

export interface ReceiverOptions {
  /** Streams at a time. */
  most: number
  /** Lets the other end send so many bytes more. */
  credit(stream: number, bytes: number): void
  /** Tells the other end that nobody wants more of a stream. */
  unwanted(stream: number): void
}

/** @throws FrameError for what the other end was not to send. */
export function createReceiver({ most, credit, unwanted }: ReceiverOptions): Receiver {
  const inboxes = new Map<number, Inbox>()
  /** Streams that nobody reads any more and that have not ended. */
  const dropped = new Set<number>()
  /** Bytes that no reader has taken. */
  const waiting = new Map<number, number>()
  /** Streams are opened in the order of their numbers. */
  let newest = 0

  const requireRoom = () => {
    if (inboxes.size + dropped.size >= most) throw new FrameError('too many streams at a time')
  }
  const forget = (stream: number) => {
    inboxes.delete(stream)
    dropped.delete(stream)
    waiting.delete(stream)
  }
  const inboxOf = (stream: number): Inbox => {
    const known = inboxes.get(stream)
    if (known) return known
    requireRoom()
    newest = Math.max(newest, stream)
    const inbox = createInbox((bytes) => {
      waiting.set(stream, (waiting.get(stream) ?? 0) - bytes)
      credit(stream, bytes)
    })
    inboxes.set(stream, inbox)
    return inbox
  }
  const drop = (stream: number) => {
    const inbox = inboxes.get(stream)
    if (inbox?.over) forget(stream)
    // One that is not there, and not to come, has ended.
    else if (!dropped.has(stream) && (inbox !== undefined || stream > newest)) {
      inboxes.delete(stream)
      requireRoom()
      newest = Math.max(newest, stream)
      dropped.add(stream)
      unwanted(stream)
    }
  }
  return {
    bytes: (stream, piece) => {
      const bytes = (waiting.get(stream) ?? 0) + piece.byteLength
      if (bytes > WINDOW_BYTES) throw new FrameError('more bytes than were asked for')
      if (!dropped.has(stream)) inboxOf(stream).push(piece)
      waiting.set(stream, bytes)
    },
    end: (stream) => {
      if (dropped.has(stream)) forget(stream)
      else inboxOf(stream).end()
    },
    broken: (stream) => {
      if (dropped.has(stream)) forget(stream)
      else inboxOf(stream).fail(new Error('it was broken off'))
    },
    async *read(stream) {
      if (dropped.has(stream)) throw new Error('nobody was to read it any more')
      try {
        yield* inboxOf(stream)
      } finally {
        drop(stream)
      }
    },
    drop,
    fail: (error) => {
      for (const inbox of inboxes.values()) inbox.fail(error)
    },
  }
}
