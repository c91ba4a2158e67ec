import { createHash, randomBytes } from 'node:crypto'
import type { Connection } from './connection.js'
import { Fault } from './fault.js'
import { createFrameParser, encodeFrame, Op } from './frames.js'
import { checkHead, letClose, openConnection, requestHead, type Traffic } from './traffic.js'

const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const CLOSE_NORMAL = 1000
/** Close codes of an end that was meant: done, going away, restarting. */
const ORDERLY = [CLOSE_NORMAL, 1001, 1012]

/** An open WebSocket. */
export interface Socket {
  readonly release: string
  /** Set once it is over: with what cut it, or without a fault if the service ended it. */
  readonly over: { fault: Fault | undefined } | undefined
  /** Resolves when it is over. */
  readonly end: Promise<'over'>
  /** Sends a message; resolves with the next one that comes, or with nothing if the stream ended before. */
  ask(text: string): Promise<string | undefined>
  /** Closes in good order. */
  close(): Promise<void>
}

/** Opens a WebSocket and reads its first message; fails with a fault. */
export async function openSocket(traffic: Traffic, number: number): Promise<Socket> {
  const connection = await openConnection(traffic)
  try {
    const release = await shakeHands(traffic, connection, number)
    const socket = createSocket(traffic, connection, release)
    const hello = await socket.next()
    if (hello === undefined) throw new Fault('closed', 'ended before its first message')
    const [, answered, said] = /^hello number=(\d+) release=(.*)$/.exec(hello) ?? []
    if (answered !== String(number)) throw new Fault('number', `the first message is '${hello}'`)
    if (said !== release) throw new Fault('release', `${release} says '${hello}'`)
    return socket
  } catch (error) {
    connection.close()
    throw error
  }
}

async function shakeHands(
  { target, timeout }: Traffic,
  connection: Connection,
  number: number,
): Promise<string> {
  const key = randomBytes(16).toString('base64')
  const fields = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': 13,
    'Sec-WebSocket-Key': key,
  }
  const request = requestHead(target, 'GET', 'ws', number, fields)
  const answer = await connection.exchange({ request, timeout })
  const release = checkHead(answer, number, 101)
  const accept = createHash('sha1')
    .update(key + ACCEPT_SUFFIX)
    .digest('base64')
  if (answer.headers.get('sec-websocket-accept') !== accept) {
    throw new Fault('protocol', 'Sec-WebSocket-Accept does not fit')
  }
  return release
}

interface Waiting {
  resolve(text: string | undefined): void
  reject(fault: Fault): void
  timer: NodeJS.Timeout
}

function createSocket({ timeout }: Traffic, connection: Connection, release: string) {
  let over: Socket['over']
  let waiting: Waiting | undefined
  /** A message that came before it was waited for: only the first may. */
  let early: string | undefined
  let expected = 1
  let closeSent = false
  let announceEnd = (_: 'over') => {}
  const end = new Promise<'over'>((resolve) => {
    announceEnd = resolve
  })

  const send = (op: number, payload: Buffer) => void connection.write(encodeFrame(op, payload))
  const sendClose = (payload: Buffer) => {
    if (closeSent) return
    closeSent = true
    send(Op.close, payload)
  }
  const finish = (fault: Fault | undefined) => {
    if (over !== undefined) return
    over = { fault }
    if (fault) connection.close()
    else letClose(connection)
    const { resolve, reject, timer } = waiting ?? {}
    clearTimeout(timer)
    waiting = undefined
    if (fault) reject?.(fault)
    else resolve?.(undefined)
    announceEnd('over')
  }
  const onText = (text: string) => {
    expected -= 1
    if (expected < 0) throw new Fault('protocol', `a message that was not asked for: '${text.slice(0, 100)}'`)
    if (waiting === undefined) {
      early = text
      return
    }
    const { resolve, timer } = waiting
    clearTimeout(timer)
    waiting = undefined
    resolve(text)
  }
  const onClose = (payload: Buffer) => {
    const code = payload.length >= 2 ? payload.readUInt16BE(0) : CLOSE_NORMAL
    sendClose(payload)
    finish(ORDERLY.includes(code) ? undefined : new Fault('closed', `closed with code ${code}`))
  }
  const parse = createFrameParser((op, payload) => {
    if (over !== undefined) return
    if (op === Op.text) onText(payload.toString())
    else if (op === Op.close) onClose(payload)
    else if (op === Op.ping) send(Op.pong, payload)
    else if (op !== Op.pong) throw new Fault('protocol', `a frame with opcode ${op}`)
  })
  const next = () =>
    new Promise<string | undefined>((resolve, reject) => {
      if (over?.fault) reject(over.fault)
      else if (early !== undefined || over !== undefined) {
        resolve(early)
        early = undefined
      } else {
        const timer = setTimeout(() => finish(new Fault('timeout', `nothing for ${timeout} ms`)), timeout)
        waiting = { resolve, reject, timer }
      }
    })

  connection.takeOver({
    data: (bytes) => {
      try {
        parse(bytes)
      } catch (fault) {
        if (!(fault instanceof Fault)) throw fault
        finish(fault)
      }
    },
    lost: (fault) => finish(fault ?? new Fault('closed', 'closed without a close frame')),
  })

  return {
    release,
    end,
    next,
    get over() {
      return over
    },
    ask: (text: string) => {
      if (over === undefined) {
        expected += 1
        send(Op.text, Buffer.from(text))
      }
      return next()
    },
    close: async () => {
      const code = Buffer.alloc(2)
      code.writeUInt16BE(CLOSE_NORMAL)
      sendClose(code)
      await next().catch(() => undefined)
      connection.close()
    },
  }
}
