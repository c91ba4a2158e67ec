/** Bytes that grow. */
export interface Output {
  length(): number
  /** Fills with zeros up to a multiple of `alignment`. */
  align(alignment: number): void
  /** Adds zeros; returns where they begin. */
  take(size: number): number
  /** Aligns to `size`, adds that many bytes and has them written. */
  put(size: number, write: (bytes: Buffer, at: number) => void): void
  raw(bytes: Uint8Array): void
  /** Writes an unsigned number of 4 bytes where some are already. */
  overwrite(at: number, value: number): void
  bytes(): Buffer
}

/** Enough for a call; an answer is never written here. */
const FIRST_BYTES = 256

export function createOutput(): Output {
  let buffer = Buffer.alloc(FIRST_BYTES)
  let length = 0
  const take = (size: number) => {
    const start = length
    length += size
    if (length > buffer.length) {
      const larger = Buffer.alloc(Math.max(length, buffer.length * 2))
      buffer.copy(larger)
      buffer = larger
    }
    return start
  }
  const align = (alignment: number) => void take((alignment - (length % alignment)) % alignment)
  return {
    length: () => length,
    align,
    take,
    put: (size, write) => {
      align(size)
      const at = take(size)
      write(buffer, at)
    },
    raw: (bytes) => {
      const at = take(bytes.length)
      buffer.set(bytes, at)
    },
    overwrite: (at, value) => void buffer.writeUInt32LE(value, at),
    bytes: () => buffer.subarray(0, length),
  }
}
