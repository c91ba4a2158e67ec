/**
 * The messages of grpc.health.v1, see github.com/grpc/grpc/blob/master/doc/health-checking.md: a request and a response
 * of one field each, in the encoding of Protocol Buffers, framed as gRPC frames messages over HTTP/2.
 */

/** Whether it is compressed, and its length. */
const FRAME_HEAD = 5
/** `HealthCheckRequest.service`, a text: its number and how it is encoded. */
const SERVICE_TAG = 0x0a
/** `HealthCheckResponse.status`, a number. */
const STATUS_TAG = 0x08

/** `HealthCheckResponse.ServingStatus`. */
const STATUSES = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN']
export const SERVING = 'SERVING'

/** The question for a service by its gRPC name; an empty one is the server as a whole. */
export function healthRequest(service: string): Buffer {
  const name = Buffer.from(service)
  const message =
    name.byteLength === 0 ? name : Buffer.concat([Buffer.of(SERVICE_TAG, ...varint(name.byteLength)), name])
  const head = Buffer.alloc(FRAME_HEAD)
  head.writeUInt32BE(message.byteLength, 1)
  return Buffer.concat([head, message])
}

/** What a response says; undefined: it is none. */
export function healthStatus(frame: Buffer): string | undefined {
  if (frame.byteLength < FRAME_HEAD || frame[0] !== 0) return undefined
  const message = frame.subarray(FRAME_HEAD)
  if (message.byteLength !== frame.readUInt32BE(1)) return undefined
  // A field that is left out has the value zero.
  if (message.byteLength === 0) return STATUSES[0]
  return message.byteLength === 2 && message[0] === STATUS_TAG ? STATUSES[message[1] ?? 0] : undefined
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}
