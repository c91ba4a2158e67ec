import { connect as connectSocket, type Socket } from 'node:net'
import { Fault, type Progress } from './fault.js'
import { createResponseParser, type Head } from './response.js'

/** Where the load goes. */
export interface Target {
  address: string
  port: number
  /** What the Host header says. */
  domain: string
  /** What every path starts with; ends with a slash. */
  path: string
}

/** A whole answer. */
export interface Answer extends Head {
  /** Empty where `onBody` took it. */
  body: Buffer
  progress: Progress
}

/** A request, and who hears of its answer before that is complete. */
export interface Exchange {
  /** The request's head, and its body unless that is written separately. */
  request: string
  /** The longest time to the end of the answer, in ms; with `renew`, the longest silence. */
  timeout: number
  renew?: boolean
  /** May throw a fault, as may `onBody`; the connection is closed then. */
  onHead?(head: Head): void
  onBody?(bytes: Buffer): void
}

/** What becomes of a connection that no longer speaks HTTP. */
export interface Takeover {
  data(bytes: Buffer): void
  /** Told once: nothing more comes. Without a fault if the other side closed in good order. */
  lost(fault: Fault | undefined): void
}

/** One TCP connection that carries one request at a time. */
export interface Connection {
  /** Another request can be sent over it, as far as is known. */
  readonly usable: boolean
  /** Resolves when it is gone. */
  readonly gone: Promise<void>
  exchange(exchange: Exchange): Promise<Answer>
  /** Resolves when more can be written, or never will be. */
  write(bytes: Buffer): Promise<void>
  /** After an answer of 101. */
  takeOver(takeover: Takeover): void
  close(): void
}

/** A request that was sent and not answered. */
interface Pending {
  exchange: Exchange
  timer: NodeJS.Timeout
  sentBefore: number
  received: number
  resolve(answer: Answer): void
  reject(error: unknown): void
}

const NOTHING: Buffer = Buffer.alloc(0)

/** Connects, or fails with a fault. */
export function connect({ address, port }: Target, timeout: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host: address, port, noDelay: true })
    const fail = (text: string) => {
      clearTimeout(timer)
      socket.destroy()
      reject(new Fault('connect', text))
    }
    const onError = (error: NodeJS.ErrnoException) => fail(error.code ?? error.message)
    const timer = setTimeout(() => fail(`no connection for ${timeout} ms`), timeout)
    socket.once('error', onError)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', onError)
      resolve(converse(socket))
    })
  })
}

// Whatever is called for every request is made once for each connection: under tsx a function is slow to make.
function converse(socket: Socket): Connection {
  let answers = 0
  let keep = true
  let pending: Pending | undefined
  let head: Head | undefined
  let parts: Buffer[] = []
  let takeover: Takeover | undefined
  /** What came behind an answer of 101. */
  let early = NOTHING
  /** Why nothing more comes: set once. */
  let lost: { fault: Fault | undefined } | undefined

  const parser = createResponseParser({
    head: (read) => {
      head = read
      pending?.exchange.onHead?.(read)
    },
    body: (bytes) => {
      if (pending?.exchange.onBody) pending.exchange.onBody(bytes)
      else parts.push(bytes)
    },
    end: (rest) => {
      early = rest
      answered()
    },
  })

  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('data', receive)
  socket.on('end', () => lose(undefined))
  socket.on('error', (error: NodeJS.ErrnoException) => lose(new Fault('reset', error.code ?? error.message)))
  socket.on('close', () => lose(undefined))

  function receive(bytes: Buffer): void {
    if (takeover !== undefined) {
      takeover.data(bytes)
      return
    }
    if (pending !== undefined) {
      pending.received += bytes.length
      if (pending.exchange.renew) pending.timer.refresh()
    }
    try {
      parser.feed(bytes)
    } catch (error) {
      refuse(error)
    }
  }

  function lose(fault: Fault | undefined): void {
    if (lost !== undefined) return
    lost = { fault }
    takeover?.lost(fault)
    if (pending === undefined) return
    const { received } = pending
    const closed =
      received === 0
        ? new Fault('closed', 'closed without an answer')
        : new Fault('truncated', `closed after ${received} bytes of an answer`)
    fail(fault ?? closed)
  }

  function refuse(error: unknown): void {
    if (error instanceof Fault) lost ??= { fault: error }
    fail(error)
    socket.destroy()
  }

  function answered(): void {
    if (pending === undefined || head === undefined) throw new Error('an answer without a request or a head')
    const { resolve, timer } = pending
    const { status, headers } = head
    const progress = progressOf(pending)
    const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    clearTimeout(timer)
    pending = undefined
    parts = []
    answers += 1
    keep = status !== 101 && headers.get('connection')?.toLowerCase() !== 'close'
    resolve({ status, headers, body, progress })
  }

  function fail(error: unknown): void {
    if (pending === undefined) return
    const { reject, timer } = pending
    if (error instanceof Fault) error.progress = progressOf(pending)
    clearTimeout(timer)
    pending = undefined
    keep = false
    reject(error)
  }

  function progressOf({ sentBefore, received }: Pending): Progress {
    return { reused: answers > 0, bytesSent: socket.bytesWritten - sentBefore, bytesReceived: received }
  }

  return {
    gone,
    get usable() {
      // One that brought bytes nobody asked for has to fail a request, not to be replaced unseen.
      return keep && (lost === undefined || lost.fault?.reason === 'protocol')
    },
    exchange: (exchange) =>
      new Promise((resolve, reject) => {
        const { request, timeout } = exchange
        const timer = setTimeout(() => refuse(new Fault('timeout', `nothing for ${timeout} ms`)), timeout)
        pending = { exchange, timer, sentBefore: socket.bytesWritten, received: 0, resolve, reject }
        if (lost !== undefined) {
          fail(lost.fault ?? new Fault('closed', 'closed before the request'))
          return
        }
        parser.expect()
        socket.write(request, 'latin1')
      }),
    write: async (bytes) => {
      if (socket.destroyed || socket.write(bytes)) return
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), gone])
    },
    takeOver: (taken) => {
      takeover = taken
      if (early.length > 0) taken.data(early)
      if (lost !== undefined) taken.lost(lost.fault)
    },
    close: () => socket.destroy(),
  }
}
