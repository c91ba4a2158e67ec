import { isUtf8 } from 'node:buffer'
import { FIXED, type FixedCode, isFixed, type TextCode } from './fixed.js'
import { alignmentOf, type BasicCode, MarshalError, parseSignature, type Type } from './signature.js'

/** Limits of the specification. */
const MAX_ARRAY_BYTES = 64 * 1024 * 1024
const MAX_VARIANT_DEPTH = 64

/**
 * The values in bytes that D-Bus sent, little endian, from an offset that is a multiple of 8. A variant is what is in
 * it, `ay` a Buffer, a dict with keys of text a record, any other dict pairs; `x` and `t` are numbers where a number
 * holds them exactly, else bigints. Throws where bytes are missing or left over.
 */
export function unmarshal(signature: string, bytes: Buffer): unknown[] {
  const input: Input = { bytes, at: 0, depth: 0 }
  const values = parseSignature(signature).map((type) => read(input, type))
  if (input.at !== bytes.length) {
    throw new MarshalError(`${bytes.length - input.at} bytes are left after '${signature}'`)
  }
  return values
}

interface Input {
  bytes: Buffer
  at: number
  /** Variants in which what is read lies. */
  depth: number
}

function read(input: Input, type: Type): unknown {
  switch (type.kind) {
    case 'basic':
      return readBasic(input, type.code)
    case 'variant':
      return readVariant(input)
    case 'struct':
      align(input, 8)
      return type.fields.map((field) => read(input, field))
    case 'array': {
      const end = arrayEnd(input, alignmentOf(type.of))
      if (type.of.kind === 'basic' && type.of.code === 'y') {
        return Buffer.from(input.bytes.subarray(take(input, end - input.at), end))
      }
      return untilEnd(input, end, () => read(input, type.of))
    }
    case 'dict': {
      const end = arrayEnd(input, 8)
      const entries = untilEnd(input, end, (): [unknown, unknown] => {
        align(input, 8)
        return [readBasic(input, type.key), read(input, type.value)]
      })
      return 'sog'.includes(type.key) ? Object.fromEntries(entries) : entries
    }
  }
}

function readVariant(input: Input): unknown {
  const signature = readText(input, 'g')
  const [only, ...others] = parseSignature(signature)
  if (!only || others.length > 0) throw new MarshalError(`'${signature}' is not one type, as a variant has`)
  input.depth += 1
  if (input.depth > MAX_VARIANT_DEPTH) throw new MarshalError('variants nest too deeply')
  const value = read(input, only)
  input.depth -= 1
  return value
}

function arrayEnd(input: Input, alignment: number): number {
  const length = Number(readFixed(input, 'u'))
  if (length > MAX_ARRAY_BYTES) throw new MarshalError('an array is larger than 64 MiB')
  align(input, alignment)
  const end = input.at + length
  if (end > input.bytes.length) throw new MarshalError('an array ends after its message')
  return end
}

function untilEnd<T>(input: Input, end: number, readOne: () => T): T[] {
  const values: T[] = []
  while (input.at < end) values.push(readOne())
  if (input.at !== end) throw new MarshalError('the last element of an array ends after it')
  return values
}

function readBasic(input: Input, code: BasicCode): number | bigint | boolean | string {
  return isFixed(code) ? readFixed(input, code) : readText(input, code)
}

function readFixed(input: Input, code: FixedCode): number | bigint | boolean {
  const { size, read: get } = FIXED[code]
  align(input, size)
  return get(input.bytes, take(input, size))
}

function readText(input: Input, code: TextCode): string {
  const length = Number(readFixed(input, code === 'g' ? 'y' : 'u'))
  const start = take(input, length)
  if (input.bytes[take(input, 1)] !== 0) throw new MarshalError('a text does not end with a zero byte')
  const text = input.bytes.subarray(start, start + length)
  if (!isUtf8(text)) throw new MarshalError('a text is not UTF-8')
  return text.toString('utf8')
}

function align(input: Input, alignment: number): void {
  take(input, (alignment - (input.at % alignment)) % alignment)
}

/** Goes past bytes; returns where they begin. */
function take(input: Input, size: number): number {
  const start = input.at
  if (start + size > input.bytes.length) throw new MarshalError('a value ends after its message')
  input.at += size
  return start
}
