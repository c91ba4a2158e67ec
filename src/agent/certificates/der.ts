/** An element of DER, as X.690 has it. */
export interface DerElement {
  tag: number
  content: Buffer
  /** The element with its head. */
  bytes: Buffer
}

export const DER = { sequence: 0x30, octets: 0x04, object: 0x06 } as const

/** A longer one is not read: four bytes count more than may be fetched. */
const MAX_LENGTH_BYTES = 4

/** The elements that stand one after the other in some bytes; throws where they are no DER. */
export function* elementsOf(bytes: Buffer): Generator<DerElement> {
  let at = 0
  while (at < bytes.length) {
    const tag = byteAt(bytes, at)
    const first = byteAt(bytes, at + 1)
    const more = first < 0x80 ? 0 : first - 0x80
    if (first === 0x80 || more > MAX_LENGTH_BYTES) throw new Error('a length that is no DER')
    let length = first < 0x80 ? first : 0
    for (let index = 0; index < more; index += 1) length = length * 256 + byteAt(bytes, at + 2 + index)
    const begin = at + 2 + more
    const end = begin + length
    if (end > bytes.length) throw new Error('an element that is cut off')
    yield { tag, content: bytes.subarray(begin, end), bytes: bytes.subarray(at, end) }
    at = end
  }
}

/** The only element of some bytes, or the first of several. */
export function firstOf(bytes: Buffer): DerElement {
  const [first] = elementsOf(bytes)
  if (first === undefined) throw new Error('no element where one must be')
  return first
}

function byteAt(bytes: Buffer, index: number): number {
  const byte = bytes[index]
  if (byte === undefined) throw new Error('an element that is cut off')
  return byte
}
