import { mkdirSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'

/** What a program was asked: the variables of a request. */
export type Variables = Record<string, string>

/** A program that speaks uWSGI's protocol or FastCGI, and answers each request with its variables as JSON. */
export async function gatewayServer(path: string, protocol: 'uwsgi' | 'fastcgi'): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true })
  const server = createServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const variables = protocol === 'uwsgi' ? readUwsgi(received) : readFastcgi(received)
      if (variables) answer(socket, protocol, variables)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return server
}

function answer(socket: Socket, protocol: string, variables: Variables): void {
  const body = JSON.stringify(variables)
  const head = 'Content-Type: application/json\r\nX-Accel-Redirect: /secret\r\nAlt-Svc: h3=":443"\r\n\r\n'
  if (protocol === 'uwsgi') {
    socket.end(`HTTP/1.1 200 OK\r\n${head}${body}`)
    return
  }
  const stdout = Buffer.from(`Status: 200 OK\r\n${head}${body}`)
  socket.end(Buffer.concat([record(6, stdout), record(3, Buffer.alloc(8))]))
}

function record(type: number, content: Buffer): Buffer {
  const padding = (8 - (content.length % 8)) % 8
  const header = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, padding, 0])
  return Buffer.concat([header, content, Buffer.alloc(padding)])
}

function readUwsgi(received: Buffer): Variables | undefined {
  if (received.length < 4) return undefined
  const size = received.readUInt16LE(1)
  if (received.length < 4 + size) return undefined
  const found: Variables = {}
  let at = 4
  const text = () => {
    const length = received.readUInt16LE(at)
    at += 2 + length
    return received.subarray(at - length, at).toString()
  }
  while (at < 4 + size) {
    const name = text()
    found[name] = text()
  }
  return found
}

function readFastcgi(received: Buffer): Variables | undefined {
  const params: Buffer[] = []
  let whole = false
  for (let at = 0; at + 8 <= received.length; ) {
    const length = received.readUInt16BE(at + 4)
    const end = at + 8 + length + received.readUInt8(at + 6)
    if (end > received.length) return undefined
    if (received[at + 1] === 4) params.push(received.subarray(at + 8, at + 8 + length))
    if (received[at + 1] === 5 && length === 0) whole = true
    at = end
  }
  return whole ? pairs(Buffer.concat(params)) : undefined
}

function pairs(bytes: Buffer): Variables {
  const found: Variables = {}
  let at = 0
  const length = () => {
    const short = bytes.readUInt8(at)
    const long = short > 127
    const value = long ? bytes.readUInt32BE(at) - 0x80_00_00_00 : short
    at += long ? 4 : 1
    return value
  }
  while (at < bytes.length) {
    const [name, value] = [length(), length()]
    found[bytes.subarray(at, at + name).toString()] = bytes.subarray(at + name, at + name + value).toString()
    at += name + value
  }
  return found
}
