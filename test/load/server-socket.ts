import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** A WebSocket as a server has it. */
export interface ServerSocket {
  connection: Socket
  send(text: string): void
  /** Sends a close frame; the connection is closed after the answer. */
  close(code: number): void
}

/** Answers a handshake, says hello, and calls back for each message. Enough for short messages. */
export function serveSocket(
  request: IncomingMessage,
  connection: Socket,
  { release, number }: { release: string; number: string },
  onMessage: (text: string, socket: ServerSocket) => void,
): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  connection.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Accept: ${accept}\r\nX-Release: ${release}\r\nX-Request-Number: ${number}\r\n\r\n`,
  )
  const send = (op: number, payload: Buffer) =>
    connection.write(Buffer.concat([Buffer.from([0x80 | op, payload.length]), payload]))
  let closing = false
  const socket: ServerSocket = {
    connection,
    send: (text) => send(1, Buffer.from(text)),
    close: (code) => {
      closing = true
      send(8, Buffer.from([code >> 8, code & 0xff]))
    },
  }
  socket.send(`hello number=${number} release=${release}`)
  // A server's connections stay half open otherwise.
  connection.on('end', () => connection.end())
  let kept = Buffer.alloc(0)
  connection.on('data', (bytes: Buffer) => {
    kept = Buffer.concat([kept, bytes])
    while (kept.length >= 6 && kept.length >= 6 + ((kept[1] ?? 0) & 0x7f)) {
      const op = (kept[0] ?? 0) & 0x0f
      const size = (kept[1] ?? 0) & 0x7f
      const mask = kept.subarray(2, 6)
      const payload = Buffer.from(kept.subarray(6, 6 + size).map((byte, i) => byte ^ (mask[i % 4] ?? 0)))
      kept = kept.subarray(6 + size)
      if (op === 8) {
        if (!closing) send(8, payload)
        connection.end()
      } else if (!closing) onMessage(payload.toString(), socket)
    }
  })
}
