import { setMaxListeners } from 'node:events'
import { openSocket } from './handshake.js'
import { decodeMessage, encodeMessage, type Message, messageLength } from './message.js'

/** A call of a method. */
export interface Call {
  /** Who is called: a name on the bus; undefined where the other end is who is called. */
  destination?: string | undefined
  path: string
  interface: string
  member: string
  signature?: string
  args?: readonly unknown[]
  /** Milliseconds after which an answer is no longer waited for. Default: {@link CALL_MS}. */
  limitMs?: number
}

export interface Connection {
  /** The values of the answer; throws a {@link Refusal}, a {@link ConnectionLost}, or where the time is over. */
  call(call: Call): Promise<unknown[]>
  /** Aborted when the connection is gone, with a {@link ConnectionLost} as the reason. */
  lost: AbortSignal
  close(why: string): void
}

/** An error that was sent as the answer to a call. */
export class Refusal extends Error {
  override name = 'Refusal'
  /** `org.freedesktop.systemd1.NoSuchUnit`, … */
  readonly errorName: string
  /** Whether the bus says it, in place of whom we called. */
  readonly ofBus: boolean

  constructor(errorName: string, text: string, ofBus: boolean) {
    super(text)
    this.errorName = errorName
    this.ofBus = ofBus
  }
}

/** Whether a call that was under way has been carried out is unknown. */
export class ConnectionLost extends Error {
  override name = 'ConnectionLost'
}

export const BUS = 'org.freedesktop.DBus'

/** Longer than systemd is busy reading all units of a large host again: meanwhile it answers nobody. */
const CALL_MS = 60_000
/** Answers that may be due at once: dbus-daemon allows 128 (`max_replies_per_connection`) and refuses what is more. */
const MAX_UNDER_WAY = 64
const MAX_SERIAL = 0xffffffff

interface UnderWay {
  call: Call
  resolve(values: unknown[]): void
  reject(error: Error): void
  timer?: NodeJS.Timeout
}

/** Connects to a socket of D-Bus. */
export async function openConnection(path: string, onSignal: (signal: Message) => void): Promise<Connection> {
  const socket = await openSocket(path)
  const lost = new AbortController()
  // Each job that is waited for listens; ten are no sign of a leak.
  setMaxListeners(0, lost.signal)
  const underWay = new Map<number, UnderWay>()
  const queue: UnderWay[] = []
  let serial = 0

  const lose = (why: string) => {
    if (lost.signal.aborted) return
    const error = new ConnectionLost(why)
    socket.destroy()
    lost.abort(error)
    for (const one of [...underWay.values(), ...queue]) {
      clearTimeout(one.timer)
      one.reject(error)
    }
    underWay.clear()
    queue.length = 0
  }

  const sendNext = () => {
    while (underWay.size < MAX_UNDER_WAY) {
      const next = queue.shift()
      if (!next) return
      serial = serial === MAX_SERIAL ? 1 : serial + 1
      send(serial, next)
    }
  }
  const send = (own: number, one: UnderWay) => {
    const { destination, path: object, interface: of, member, signature = '', args = [], limitMs } = one.call
    const message: Message = {
      type: 'call',
      serial: own,
      path: object,
      interface: of,
      member,
      destination,
      signature,
      body: [...args],
    }
    try {
      socket.write(encodeMessage(message))
    } catch (error) {
      one.reject(error as Error)
      return
    }
    const limit = limitMs ?? CALL_MS
    one.timer = setTimeout(() => {
      underWay.delete(own)
      one.reject(new Error(`${member} was not answered within ${limit / 1000} s`))
      sendNext()
    }, limit)
    underWay.set(own, one)
  }

  const receive = (message: Message) => {
    if (message.type === 'signal') return onSignal(message)
    const one = underWay.get(message.replySerial ?? 0)
    // A call of somebody, or an answer that comes too late.
    if (message.type === 'call' || !one) return
    // Only who was called answers, or the bus for it.
    const { destination } = one.call
    if (destination !== undefined && message.sender !== destination && message.sender !== BUS) return
    underWay.delete(message.replySerial ?? 0)
    clearTimeout(one.timer)
    sendNext()
    if (message.type === 'return') return one.resolve(message.body)
    const errorName = message.errorName ?? ''
    const [text] = message.body
    one.reject(new Refusal(errorName, typeof text === 'string' ? text : errorName, message.sender === BUS))
  }

  socket.on('data', splitMessages(receive, lose))
  socket.on('error', (error) => lose(error.message))
  socket.on('close', () => lose('the other end closed the connection'))
  return {
    call: (call) =>
      new Promise((resolve, reject) => {
        if (lost.signal.aborted) return reject(lost.signal.reason)
        queue.push({ call, resolve, reject })
        sendNext()
      }),
    lost: lost.signal,
    close: lose,
  }
}

/** Takes bytes as they come; gives on whole messages, and says where they are none. */
function splitMessages(receive: (message: Message) => void, fail: (why: string) => void) {
  let chunks: Buffer[] = []
  let size = 0
  let wanted = 0
  return (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size < wanted) return
    let bytes = Buffer.concat(chunks)
    try {
      for (;;) {
        wanted = messageLength(bytes) ?? 0
        if (wanted === 0 || bytes.length < wanted) break
        const message = decodeMessage(bytes.subarray(0, wanted))
        bytes = bytes.subarray(wanted)
        if (message) receive(message)
      }
    } catch (error) {
      fail(`what came is no message of D-Bus: ${(error as Error).message}`)
    }
    chunks = [bytes]
    size = bytes.length
  }
}
