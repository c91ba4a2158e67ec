import { FIXED, isFixed, type TextCode } from './fixed.js'
import { createOutput, type Output } from './output.js'
import { alignmentOf, type BasicCode, MarshalError, parseSignature, type Type } from './signature.js'

/** A value with its type, where a signature says `v`. */
export interface Variant {
  signature: string
  value: unknown
}

/** Limit of the specification. */
const MAX_ARRAY_BYTES = 64 * 1024 * 1024
const OBJECT_PATH = /^\/(?:[A-Za-z0-9_]+(?:\/[A-Za-z0-9_]+)*)?$/

/**
 * Values as D-Bus sends them, little endian, from an offset that is a multiple of 8. `ay` takes a Buffer, a dict with
 * keys of text a record, any other dict pairs; `x` and `t` take numbers and bigints.
 */
export function marshal(signature: string, values: readonly unknown[]): Buffer {
  const types = parseSignature(signature)
  if (types.length !== values.length) {
    throw new MarshalError(`'${signature}' takes ${types.length} values, not ${values.length}`)
  }
  const out = createOutput()
  types.forEach((type, index) => {
    write(out, type, values[index])
  })
  return out.bytes()
}

function write(out: Output, type: Type, value: unknown): void {
  if (type.kind === 'basic') writeBasic(out, type.code, value)
  else if (type.kind === 'variant') writeVariant(out, value)
  else if (type.kind === 'struct') writeStruct(out, type.fields, value)
  else if (type.kind === 'dict') writeDict(out, type.key, type.value, value)
  else writeArray(out, type.of, value)
}

function writeVariant(out: Output, value: unknown): void {
  const { signature, value: inner } = expectVariant(value)
  const [only, ...others] = parseSignature(signature)
  if (!only || others.length > 0) throw new MarshalError(`'${signature}' is not one type, as a variant has`)
  writeBasic(out, 'g', signature)
  write(out, only, inner)
}

function writeStruct(out: Output, types: readonly Type[], value: unknown): void {
  const fields = expectList(value)
  if (fields.length !== types.length) {
    throw new MarshalError(`a struct of ${types.length} fields has ${fields.length}`)
  }
  out.align(8)
  types.forEach((type, index) => {
    write(out, type, fields[index])
  })
}

function writeArray(out: Output, of: Type, value: unknown): void {
  writeElements(out, alignmentOf(of), () => {
    if (isByte(of) && value instanceof Uint8Array) out.raw(value)
    else for (const element of expectList(value)) write(out, of, element)
  })
}

function writeDict(out: Output, keyCode: BasicCode, valueType: Type, value: unknown): void {
  writeElements(out, 8, () => {
    for (const [key, inner] of entriesOf(value)) {
      out.align(8)
      writeBasic(out, keyCode, key)
      write(out, valueType, inner)
    }
  })
}

function writeElements(out: Output, alignment: number, writeAll: () => void): void {
  out.align(4)
  const length = out.take(4)
  // The length counts from the first element: what pads before it is not in it.
  out.align(alignment)
  const start = out.length()
  writeAll()
  if (out.length() - start > MAX_ARRAY_BYTES) throw new MarshalError('an array is larger than 64 MiB')
  out.overwrite(length, out.length() - start)
}

function writeBasic(out: Output, code: BasicCode, value: unknown): void {
  if (!isFixed(code)) writeText(out, code, value)
  else out.put(FIXED[code].size, (bytes, at) => FIXED[code].write(bytes, at, value))
}

function writeText(out: Output, code: TextCode, value: unknown): void {
  if (typeof value !== 'string') throw mismatch(code, value)
  if (value.includes('\0')) throw new MarshalError('D-Bus sends no text with a zero byte in it')
  if (code === 'o' && !OBJECT_PATH.test(value)) throw new MarshalError(`'${value}' is no object path`)
  if (code === 'g') parseSignature(value)
  const bytes = Buffer.from(value)
  writeBasic(out, code === 'g' ? 'y' : 'u', bytes.length)
  out.raw(bytes)
  out.take(1)
}

function expectList(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw mismatch('a, ()', value)
  return value
}

function expectVariant(value: unknown): Variant {
  if (typeof value !== 'object' || value === null || !('signature' in value) || !('value' in value)) {
    throw mismatch('v', value)
  }
  return { signature: String(value.signature), value: value.value }
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((entry) => [entry[0], entry[1]])
  if (typeof value !== 'object' || value === null) throw mismatch('a{}', value)
  return Object.entries(value)
}

function isByte(type: Type): boolean {
  return type.kind === 'basic' && type.code === 'y'
}

function mismatch(code: string, value: unknown): MarshalError {
  return new MarshalError(
    `a value of type ${code} cannot be ${value === null ? 'null' : `a ${typeof value}`}`,
  )
}
