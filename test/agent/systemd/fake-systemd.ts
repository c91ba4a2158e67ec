import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  decodeMessage,
  encodeMessage,
  type Message,
  messageLength,
} from '../../../src/agent/systemd/dbus/message.js'

const BUS = 'org.freedesktop.DBus'
const SYSTEMD = 'org.freedesktop.systemd1'

/** What a call is answered with; undefined: nothing. */
export type Answer = { signature: string; body: unknown[] } | { error: string; text?: string } | undefined

/** A system bus with systemd on it, as far as a test says how they answer. */
export interface FakeSystemd {
  path: string
  /** The calls of systemd that came, by their names. */
  calls: string[]
  /** Sends a signal to all, as if from systemd. */
  signal(member: string, signature: string, body: unknown[], from?: Partial<Message>): void
  /** Sends bytes to all. */
  send(bytes: Buffer): void
  /** Ends all connections. */
  drop(): void
  /** How systemd answers a call of it. */
  answer: (call: Message) => Answer | Promise<Answer>
  /** The name of its connection; undefined while it is not on the bus. */
  owner: string | undefined
}

export async function fakeSystemd(t: TestContext): Promise<FakeSystemd> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bus-'))
  const path = join(folder, 'bus')
  const sockets = new Set<Socket>()
  let serial = 0
  const send = (socket: Socket, message: Omit<Message, 'serial'>) => {
    serial += 1
    socket.write(encodeMessage({ ...message, serial }))
  }
  const fake: FakeSystemd = {
    path,
    calls: [],
    answer: () => undefined,
    owner: ':1.0',
    signal: (member, signature, body, from = {}) => {
      const of = {
        path: '/org/freedesktop/systemd1',
        interface: `${SYSTEMD}.Manager`,
        sender: fake.owner,
        ...from,
      }
      for (const socket of sockets) send(socket, { type: 'signal', member, signature, body, ...of })
    },
    send: (bytes) => {
      for (const socket of sockets) socket.write(bytes)
    },
    drop: () => {
      for (const socket of sockets) socket.destroy()
    },
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined)
    speak(socket, async (call) => {
      const ofBus = call.destination === BUS
      const answer = await (ofBus ? answerOfBus(fake, call) : answerOfSystemd(fake, call))
      if (!answer || socket.destroyed) return
      const common = { replySerial: call.serial, sender: ofBus ? BUS : fake.owner }
      if ('error' in answer) {
        const { error: errorName, text = '' } = answer
        send(socket, { type: 'error', errorName, signature: 's', body: [text], ...common })
      } else send(socket, { type: 'return', ...answer, ...common })
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.after(() => {
    fake.drop()
    server.close()
    rmSync(folder, { recursive: true })
  })
  return fake
}

function answerOfBus(fake: FakeSystemd, call: Message): Answer {
  if (call.member === 'Hello') return { signature: 's', body: [':1.9'] }
  if (call.member !== 'GetNameOwner') return { signature: '', body: [] }
  if (fake.owner === undefined) return { error: `${BUS}.Error.NameHasNoOwner` }
  return { signature: 's', body: [fake.owner] }
}

function answerOfSystemd(fake: FakeSystemd, call: Message): Answer | Promise<Answer> {
  if (call.destination !== fake.owner) return { error: `${BUS}.Error.ServiceUnknown` }
  if (call.member === 'Subscribe') return { signature: '', body: [] }
  fake.calls.push(call.member ?? '')
  return fake.answer(call)
}

/** The server's half of the protocol. */
function speak(socket: Socket, onCall: (call: Message) => void): void {
  let bytes: Buffer = Buffer.alloc(0)
  let authenticated = false
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk])
    if (!authenticated) {
      const end = bytes.indexOf('BEGIN\r\n')
      if (end < 0) return
      authenticated = true
      bytes = bytes.subarray(end + 'BEGIN\r\n'.length)
      socket.write('OK 0123456789abcdef\r\n')
    }
    for (let length = messageLength(bytes); length && bytes.length >= length; length = messageLength(bytes)) {
      const message = decodeMessage(bytes.subarray(0, length))
      bytes = bytes.subarray(length)
      if (message?.type === 'call') onCall(message)
    }
  })
}
