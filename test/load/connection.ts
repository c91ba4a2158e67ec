import { connect as connectSocket, type Socket } from 'node:net'
import { Fault } from './fault.js'
import { createResponseParser, type Head, type ResponseParser } from './response.js'

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
  write(bytes: Buffer | string): Promise<void>
  /** After an answer of 101. */
  takeOver(takeover: Takeover): void
  /** Closes in good order: what was written is still sent. */
  end(): void
  close(): void
}

interface Pending extends Exchange {
  parse: ResponseParser
  timer: NodeJS.Timeout
  sentBefore: number
  received: number
  resolve(answer: Answer): void
  reject(fault: unknown): void
}

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

function converse(socket: Socket): Connection {
  let answers = 0
  let keep = true
  let pending: Pending | undefined
  let takeover: Takeover | undefined
  let early = Buffer.alloc(0)
  /** Why nothing more comes: set once. */
  let lost: { fault: Fault | undefined } | undefined

  socket.on('data', receive)
  socket.on('end', () => lose(undefined))
  socket.on('error', (error: NodeJS.ErrnoException) => lose(new Fault('reset', error.code ?? error.message)))
  socket.on('close', () => lose(undefined))
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))

  function receive(bytes: Buffer): void {
    if (takeover !== undefined) {
      takeover.data(bytes)
      return
    }
    if (pending === undefined) {
      refuse(new Fault('protocol', 'bytes that no request asked for'))
      return
    }
    pending.received += bytes.length
    if (pending.renew) pending.timer.refresh()
    try {
      pending.parse(bytes)
    } catch (fault) {
      refuse(fault)
    }
  }

  function lose(fault: Fault | undefined): void {
    if (lost !== undefined) return
    lost = { fault }
    takeover?.lost(fault)
    if (pending === undefined) return
    const { received } = pending
    settle(
      fault ??
        (received === 0
          ? new Fault('closed', 'closed without an answer')
          : new Fault('truncated', `closed after ${received} bytes of an answer`)),
    )
  }

  function refuse(error: unknown): void {
    if (lost === undefined && error instanceof Fault) lost = { fault: error }
    settle(error)
    socket.destroy()
  }

  /** Ends the request under way. */
  function settle(result: unknown): void {
    if (pending === undefined) return
    const { timer, resolve, reject, sentBefore, received } = pending
    clearTimeout(timer)
    pending = undefined
    if (result instanceof Fault) {
      const bytesSent = socket.bytesWritten - sentBefore
      result.progress = { reused: answers > 0, bytesSent, bytesReceived: received }
    }
    if (result instanceof Error) reject(result)
    else {
      answers += 1
      resolve(result as Answer)
    }
  }

  return {
    gone,
    get usable() {
      // One that brought bytes nobody asked for has to fail a request, not to be replaced unseen.
      return keep && (lost === undefined || lost.fault?.reason === 'protocol')
    },
    exchange: (exchange) =>
      new Promise((resolve, reject) => {
        if (lost !== undefined) {
          keep = false
          const fault = lost.fault ?? new Fault('closed', 'closed before the request')
          fault.progress = { reused: answers > 0, bytesSent: 0, bytesReceived: 0 }
          reject(fault)
          return
        }
        const timer = setTimeout(
          () => refuse(new Fault('timeout', `nothing for ${exchange.timeout} ms`)),
          exchange.timeout,
        )
        const parse = readAnswer(exchange, (answer, rest) => {
          keep = answer.status !== 101 && answer.headers.get('connection')?.toLowerCase() !== 'close'
          early = Buffer.from(rest)
          settle(answer)
        })
        const sentBefore = socket.bytesWritten
        pending = { ...exchange, parse, timer, sentBefore, received: 0, resolve, reject }
        socket.write(exchange.request, 'latin1')
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
    end: () => socket.end(),
    close: () => socket.destroy(),
  }
}

/** Puts an answer together. */
function readAnswer(exchange: Exchange, done: (answer: Answer, rest: Buffer) => void): ResponseParser {
  const parts: Buffer[] = []
  let head: Head | undefined
  return createResponseParser({
    head: (read) => {
      head = read
      exchange.onHead?.(read)
    },
    body: exchange.onBody ? (bytes) => exchange.onBody?.(bytes) : (bytes) => parts.push(bytes),
    end: (rest) => {
      if (head === undefined) throw new Error('an answer without a head')
      const [first = Buffer.alloc(0), ...more] = parts
      const body = more.length === 0 ? first : Buffer.concat(parts)
      done({ status: head.status, headers: head.headers, body }, rest)
    },
  })
}
