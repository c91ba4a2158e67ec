import { type BasicCode, MarshalError } from './signature.js'

/** How a type of a fixed number of bytes is written and read, little endian. */
interface Fixed {
  /** Bytes, and on what multiple of them it begins. */
  size: 1 | 2 | 4 | 8
  write(bytes: Buffer, at: number, value: unknown): void
  read(bytes: Buffer, at: number): number | bigint | boolean
}

export type TextCode = 's' | 'o' | 'g'
export type FixedCode = Exclude<BasicCode, TextCode>

const { prototype } = Buffer

/** The types whose values have a fixed size. */
export const FIXED: Record<FixedCode, Fixed> = {
  y: whole(1, 0, 0xff, prototype.readUInt8, prototype.writeUInt8),
  n: whole(2, -0x8000, 0x7fff, prototype.readInt16LE, prototype.writeInt16LE),
  q: whole(2, 0, 0xffff, prototype.readUInt16LE, prototype.writeUInt16LE),
  i: whole(4, -0x80000000, 0x7fffffff, prototype.readInt32LE, prototype.writeInt32LE),
  u: whole(4, 0, 0xffffffff, prototype.readUInt32LE, prototype.writeUInt32LE),
  x: {
    size: 8,
    write: (bytes, at, value) => bytes.writeBigInt64LE(large(value, -(2n ** 63n), 2n ** 63n - 1n), at),
    read: (bytes, at) => small(bytes.readInt32LE(at + 4), bytes, at) ?? bytes.readBigInt64LE(at),
  },
  t: {
    size: 8,
    write: (bytes, at, value) => bytes.writeBigUInt64LE(large(value, 0n, 2n ** 64n - 1n), at),
    read: (bytes, at) => small(bytes.readUInt32LE(at + 4), bytes, at) ?? bytes.readBigUInt64LE(at),
  },
  d: {
    size: 8,
    write: (bytes, at, value) => {
      if (typeof value !== 'number') throw new MarshalError(`${String(value)} is no number`)
      bytes.writeDoubleLE(value, at)
    },
    read: (bytes, at) => bytes.readDoubleLE(at),
  },
  b: {
    size: 4,
    write: (bytes, at, value) => {
      if (typeof value !== 'boolean') throw new MarshalError(`${String(value)} is no boolean`)
      bytes.writeUInt32LE(Number(value), at)
    },
    read: (bytes, at) => {
      const value = bytes.readUInt32LE(at)
      if (value > 1) throw new MarshalError(`${value} is no boolean`)
      return value === 1
    },
  },
}

export function isFixed(code: BasicCode): code is FixedCode {
  return code in FIXED
}

function whole(
  size: 1 | 2 | 4,
  least: number,
  most: number,
  get: (this: Buffer, at: number) => number,
  put: (this: Buffer, value: number, at: number) => number,
): Fixed {
  return {
    size,
    write: (bytes, at, value) => {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) {
        throw new MarshalError(`${String(value)} is not a whole number from ${least} to ${most}`)
      }
      put.call(bytes, value, at)
    },
    read: (bytes, at) => get.call(bytes, at),
  }
}

function large(value: unknown, least: bigint, most: bigint): bigint {
  const given = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof given !== 'bigint' || given < least || given > most) {
    throw new MarshalError(`${String(value)} is not a whole number from ${least} to ${most}`)
  }
  return given
}

/** The number of 64 bits where a number holds it exactly; bigints, of which systemd tells hundreds, are slow. */
function small(upper: number, bytes: Buffer, at: number): number | undefined {
  const value = upper * 2 ** 32 + bytes.readUInt32LE(at)
  return Number.isSafeInteger(value) ? value : undefined
}
