/**
 * How bytes and calls share one connection: frames of a type, a length and a payload, so that a call never waits
 * behind more than one piece of an upload.
 */

/** The types of frames; the number is the first byte. */
export const FrameType = {
  /** A message of JSON-RPC 2.0, UTF-8. */
  message: 1,
  /** A piece of a stream. */
  bytes: 2,
  /** A stream has ended well. */
  end: 3,
  /** A stream has broken off: its sender gave up, or its reader wants no more. */
  broken: 4,
  /** The reader of a stream takes so many bytes more, 32 bits. */
  credit: 5,
} as const
export type FrameType = (typeof FrameType)[keyof typeof FrameType]

export interface Frame {
  type: FrameType
  /** The stream of `bytes`, `end`, `broken` and `credit`; 0 for others. */
  stream: number
  payload: Buffer
}

/** One byte of type, four of length, four of the stream's number. */
const HEADER_BYTES = 9
/** The most that a piece of a stream holds: what a call may have to wait behind. */
export const PIECE_BYTES = 64 * 1024
/** The most a message may hold: a report of a hundred services takes a megabyte. */
export const MESSAGE_BYTES = 32 * 1024 * 1024

const TYPES: ReadonlySet<number> = new Set(Object.values(FrameType))

export function encodeFrame(type: FrameType, stream: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.byteLength)
  frame.writeUInt8(type, 0)
  frame.writeUInt32BE(payload.byteLength, 1)
  frame.writeUInt32BE(stream, 5)
  frame.set(payload, HEADER_BYTES)
  return frame
}

/** Thrown for what is no frame: the connection can't be understood from there on. */
export class FrameError extends Error {
  override name = 'FrameError'
}

/**
 * Takes bytes as they come; calls back for each whole frame. Holds one frame at most, in one piece of memory however
 * small the pieces are in which it comes.
 */
export function createDecoder(
  onFrame: (frame: Frame) => void,
  maxMessageBytes = MESSAGE_BYTES,
): (chunk: Buffer) => void {
  const header = Buffer.alloc(HEADER_BYTES)
  let payload: Buffer | undefined
  /** What is there of the header, or of the payload after it. */
  let filled = 0
  return (chunk) => {
    for (let at = 0; ; ) {
      const part = payload ?? header
      const copied = chunk.copy(part, filled, at)
      at += copied
      filled += copied
      if (filled < part.byteLength) return
      filled = 0
      if (payload === undefined) {
        payload = Buffer.allocUnsafe(payloadLength(header, maxMessageBytes))
        continue
      }
      const frame = { type: header.readUInt8(0) as FrameType, stream: header.readUInt32BE(5), payload }
      payload = undefined
      onFrame(frame)
    }
  }
}

function payloadLength(header: Buffer, maxMessageBytes: number): number {
  const type = header.readUInt8(0)
  if (!TYPES.has(type)) throw new FrameError(`there is no frame of type ${type}`)
  const length = header.readUInt32BE(1)
  const most = type === FrameType.message ? maxMessageBytes : PIECE_BYTES
  if (length > most) throw new FrameError(`a frame of ${length} bytes is too long`)
  return length
}
