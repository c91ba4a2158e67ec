import { randomBytes } from 'node:crypto'
import { Fault } from './fault.js'

/** Opcodes of WebSocket frames (RFC 6455). */
export const Op = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** The longest frame that is taken, in bytes. */
const LONGEST_FRAME = 1024 * 1024

/** A frame as a client sends it, masked. */
export function encodeFrame(op: number, payload: Buffer): Buffer {
  const size = payload.length
  const extended = size < 126 ? 0 : size < 65_536 ? 2 : 8
  const head = Buffer.alloc(2 + extended)
  head[0] = 0x80 | op
  head[1] = 0x80 | (extended === 0 ? size : extended === 2 ? 126 : 127)
  if (extended === 2) head.writeUInt16BE(size, 2)
  if (extended === 8) head.writeBigUInt64BE(BigInt(size), 2)
  const mask = randomBytes(4)
  const masked = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i += 1) masked[i] = (payload[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return Buffer.concat([head, mask, masked])
}

/** Takes the bytes a server sends as they come, and tells of every whole frame; throws a fault for anything odd. */
export function createFrameParser(onFrame: (op: number, payload: Buffer) => void): (bytes: Buffer) => void {
  let kept: Buffer = Buffer.alloc(0)
  return (bytes) => {
    kept = kept.length === 0 ? bytes : Buffer.concat([kept, bytes])
    for (let frame = readFrame(kept); frame !== undefined; frame = readFrame(kept)) {
      kept = kept.subarray(frame.length)
      onFrame(frame.op, frame.payload)
    }
  }
}

/** The first frame, if all of it has come. */
function readFrame(bytes: Buffer): { op: number; payload: Buffer; length: number } | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  if ((first & 0xf0) !== 0x80) throw new Fault('protocol', 'a frame that is fragmented or extended')
  if ((second & 0x80) !== 0) throw new Fault('protocol', 'a masked frame')
  const extended = second === 126 ? 2 : second === 127 ? 8 : 0
  const start = 2 + extended
  if (bytes.length < start) return undefined
  const size =
    extended === 0 ? second : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (size > LONGEST_FRAME) throw new Fault('protocol', `a frame of ${size} bytes`)
  if (bytes.length < start + size) return undefined
  return { op: first & 0x0f, payload: bytes.subarray(start, start + size), length: start + size }
}
