import { marshal, type Variant } from './marshal.js'
import { MarshalError } from './signature.js'
import { unmarshal } from './unmarshal.js'

/** A message of D-Bus; D-Bus Specification, "Message Format". */
export interface Message {
  type: MessageType
  serial: number
  path?: string | undefined
  interface?: string | undefined
  member?: string | undefined
  errorName?: string | undefined
  replySerial?: number | undefined
  destination?: string | undefined
  /** Written by the bus: who sent it cannot choose it. */
  sender?: string | undefined
  signature: string
  body: unknown[]
}

export type MessageType = 'call' | 'return' | 'error' | 'signal'

const TYPES: readonly MessageType[] = ['call', 'return', 'error', 'signal']

/** Codes and types of the header's fields. */
const FIELDS = {
  path: { code: 1, signature: 'o' },
  interface: { code: 2, signature: 's' },
  member: { code: 3, signature: 's' },
  errorName: { code: 4, signature: 's' },
  replySerial: { code: 5, signature: 'u' },
  destination: { code: 6, signature: 's' },
  sender: { code: 7, signature: 's' },
  signature: { code: 8, signature: 'g' },
} as const

type FieldName = keyof typeof FIELDS

const HEADER = 'yyyyuua(yv)'
const LITTLE_ENDIAN = 'l'.charCodeAt(0)
const PROTOCOL_VERSION = 1
/** No bus starts a program because we call it: systemd runs, or is on its way back. */
const NO_AUTO_START = 2
/** The part of a header whose length is known: up to the length of its fields. */
const FIXED_BYTES = 16
/** All properties of one unit are 30 kB, a list of all units of a large host 1 MB. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

export function encodeMessage(message: Message): Buffer {
  const { type, serial, signature, body } = message
  const bytes = marshal(signature, body)
  const fields = (Object.keys(FIELDS) as FieldName[]).flatMap((name): [number, Variant][] => {
    const value = message[name]
    if (value === undefined || value === '') return []
    return [[FIELDS[name].code, { signature: FIELDS[name].signature, value }]]
  })
  const code = TYPES.indexOf(type) + 1
  const flags = type === 'call' ? NO_AUTO_START : 0
  const header = marshal(HEADER, [LITTLE_ENDIAN, code, flags, PROTOCOL_VERSION, bytes.length, serial, fields])
  const padding = Buffer.alloc(aligned(header.length) - header.length)
  return Buffer.concat([header, padding, bytes])
}

/** How long the message is that begins with these bytes; undefined while they are too few to tell. */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < FIXED_BYTES) return undefined
  if (bytes[0] !== LITTLE_ENDIAN) throw new MarshalError('a message is not little endian')
  if (bytes[3] !== PROTOCOL_VERSION)
    throw new MarshalError(`a message has version ${bytes[3]} of the protocol`)
  const length = aligned(FIXED_BYTES + bytes.readUInt32LE(12)) + bytes.readUInt32LE(4)
  if (length > MAX_MESSAGE_BYTES) throw new MarshalError(`a message has ${length} bytes`)
  return length
}

/** Reads a whole message; undefined for one of a type that this does not know, which is to be ignored. */
export function decodeMessage(bytes: Buffer): Message | undefined {
  const fieldsEnd = FIXED_BYTES + bytes.readUInt32LE(12)
  const header = unmarshal(HEADER, bytes.subarray(0, fieldsEnd))
  const type = TYPES[Number(header[1]) - 1]
  if (type === undefined) return undefined
  const values = new Map(header[6] as [number, unknown][])
  const text = (name: FieldName) => {
    const value = values.get(FIELDS[name].code)
    return typeof value === 'string' ? value : undefined
  }
  const replySerial = values.get(FIELDS.replySerial.code)
  const signature = text('signature') ?? ''
  return {
    type,
    serial: Number(header[5]),
    path: text('path'),
    interface: text('interface'),
    member: text('member'),
    errorName: text('errorName'),
    destination: text('destination'),
    sender: text('sender'),
    replySerial: typeof replySerial === 'number' ? replySerial : undefined,
    signature,
    body: unmarshal(signature, bytes.subarray(aligned(fieldsEnd))),
  }
}

function aligned(length: number): number {
  return Math.ceil(length / 8) * 8
}
