/** Hashes as Nix writes them: `sha256-…` (SRI), or base 64, base 32 and base 16 with or without `sha256:`. */

/** The algorithms Nix knows, with the length of their hashes in bytes. */
const LENGTHS = { md5: 16, sha1: 20, sha256: 32, sha512: 64, blake3: 32 } as const

export type Algorithm = keyof typeof LENGTHS
type Digits = 'base64' | 'base32' | 'base16'
export type Encoding = 'sri' | Digits

export interface Hash {
  algorithm: Algorithm
  bytes: Buffer
}

/** Nix's own base 32: no e, o, t, u, so that hashes don't spell words. */
const BASE32 = '0123456789abcdfghijklmnpqrsvwxyz'

/** A hash with its algorithm in front, in any encoding; undefined where the text is none. */
export function parseHash(text: string): Hash | undefined {
  const [, algorithm, separator, digits = ''] = /^(\w+)([-:])(.+)$/.exec(text) ?? []
  if (!algorithm || !(algorithm in LENGTHS)) return undefined
  const length = LENGTHS[algorithm as Algorithm]
  const encodings: Digits[] = separator === '-' ? ['base64'] : ['base16', 'base32', 'base64']
  const encoding = encodings.find((candidate) => digits.length === encodedLength(length, candidate))
  const bytes = encoding && decode(digits, encoding, length)
  return bytes && { algorithm: algorithm as Algorithm, bytes }
}

/** A hash's text; only SRI names the algorithm. */
export function encodeHash({ algorithm, bytes }: Hash, encoding: Encoding): string {
  switch (encoding) {
    case 'sri':
      return `${algorithm}-${bytes.toString('base64')}`
    case 'base64':
      return bytes.toString('base64')
    case 'base16':
      return bytes.toString('hex')
    case 'base32':
      return toBase32(bytes)
  }
}

/** Whether a hash is all zeros, which Nix puts where none is given and people write until they know better. */
export function isPlaceholder({ bytes }: Hash): boolean {
  return bytes.every((byte) => byte === 0)
}

function encodedLength(bytes: number, encoding: Digits): number {
  switch (encoding) {
    case 'base16':
      return bytes * 2
    case 'base32':
      return Math.ceil((bytes * 8) / 5)
    case 'base64':
      return Math.ceil(bytes / 3) * 4
  }
}

function decode(digits: string, encoding: Digits, length: number): Buffer | undefined {
  const bytes =
    encoding === 'base32' ? fromBase32(digits, length) : Buffer.from(digits, bufferEncoding(encoding))
  // Buffer skips what it doesn't know: only what comes out the same was understood.
  return bytes && encodeHash({ algorithm: 'sha256', bytes }, encoding) === digits ? bytes : undefined
}

function bufferEncoding(encoding: Digits): 'hex' | 'base64' {
  return encoding === 'base16' ? 'hex' : 'base64'
}

/** The digits run from the last bits to the first. */
function toBase32(bytes: Buffer): string {
  const count = encodedLength(bytes.length, 'base32')
  return Array.from({ length: count }, (_, index) => {
    const bit = (count - 1 - index) * 5
    const word = (bytes[bit >> 3] ?? 0) | ((bytes[(bit >> 3) + 1] ?? 0) << 8)
    return BASE32[(word >> (bit & 7)) & 31]
  }).join('')
}

function fromBase32(digits: string, length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length)
  for (const [index, digit] of [...digits].entries()) {
    const value = BASE32.indexOf(digit)
    if (value === -1) return undefined
    const bit = (digits.length - 1 - index) * 5
    const at = bit >> 3
    bytes[at] = (bytes[at] ?? 0) | ((value << (bit & 7)) & 255)
    if (at + 1 < length) bytes[at + 1] = (bytes[at + 1] ?? 0) | (value >> (8 - (bit & 7)))
  }
  return bytes
}
