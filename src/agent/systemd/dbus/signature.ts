/** One complete type of a D-Bus signature; D-Bus Specification, "Type system". */
export type Type =
  | { kind: 'basic'; code: BasicCode }
  | { kind: 'variant' }
  | { kind: 'array'; of: Type }
  | { kind: 'dict'; key: BasicCode; value: Type }
  | { kind: 'struct'; fields: Type[] }

export type BasicCode = 'y' | 'b' | 'n' | 'q' | 'i' | 'u' | 'x' | 't' | 'd' | 's' | 'o' | 'g'

/** A signature or value that D-Bus does not allow. */
export class MarshalError extends Error {
  override name = 'MarshalError'
}

/** Limits of the specification. */
const MAX_SIGNATURE_BYTES = 255
const MAX_DEPTH = 32

/** Signatures that were parsed: an answer of systemd repeats few of them hundreds of times. */
const parsed = new Map<string, Type[]>()
/** More different ones than systemd has; beyond it, parsing again costs less than memory. */
const MAX_PARSED = 500

/** The complete types that a signature lists. */
export function parseSignature(signature: string): Type[] {
  const known = parsed.get(signature)
  if (known) return known
  if (signature.length > MAX_SIGNATURE_BYTES) throw new MarshalError('a signature is longer than 255 bytes')
  const types: Type[] = []
  for (let at = 0; at < signature.length; ) {
    const { type, next } = parseType(signature, at, { arrays: 0, structs: 0 })
    types.push(type)
    at = next
  }
  if (parsed.size < MAX_PARSED) parsed.set(signature, types)
  return types
}

interface Depth {
  arrays: number
  structs: number
}

function parseType(signature: string, at: number, depth: Depth): { type: Type; next: number } {
  if (depth.arrays > MAX_DEPTH || depth.structs > MAX_DEPTH) throw bad(signature, 'nests too deeply')
  const code = signature[at] ?? ''
  if (isBasic(code)) return { type: { kind: 'basic', code }, next: at + 1 }
  if (code === 'v') return { type: { kind: 'variant' }, next: at + 1 }
  if (code === 'a') return parseArray(signature, at + 1, { ...depth, arrays: depth.arrays + 1 })
  if (code === '(') return parseStruct(signature, at + 1, { ...depth, structs: depth.structs + 1 })
  throw bad(signature, code === '' ? 'ends too early' : `has '${code}' where a type should be`)
}

function parseArray(signature: string, at: number, depth: Depth): { type: Type; next: number } {
  if (signature[at] !== '{') {
    const { type, next } = parseType(signature, at, depth)
    return { type: { kind: 'array', of: type }, next }
  }
  const key = signature[at + 1] ?? ''
  if (!isBasic(key)) throw bad(signature, 'has a dict whose key is no basic type')
  const { type: value, next } = parseType(signature, at + 2, { ...depth, structs: depth.structs + 1 })
  if (signature[next] !== '}') throw bad(signature, 'has a dict that is not a key and a value')
  return { type: { kind: 'dict', key, value }, next: next + 1 }
}

function parseStruct(signature: string, at: number, depth: Depth): { type: Type; next: number } {
  const fields: Type[] = []
  let next = at
  while (signature[next] !== ')') {
    const field = parseType(signature, next, depth)
    fields.push(field.type)
    next = field.next
  }
  if (fields.length === 0) throw bad(signature, 'has a struct without fields')
  return { type: { kind: 'struct', fields }, next: next + 1 }
}

function isBasic(code: string): code is BasicCode {
  return code.length === 1 && 'ybnqiuxtdsog'.includes(code)
}

function bad(signature: string, problem: string): MarshalError {
  return new MarshalError(`the signature '${signature}' ${problem}`)
}

/** On what multiple of bytes values of a type begin. */
export function alignmentOf(type: Type): 1 | 2 | 4 | 8 {
  switch (type.kind) {
    case 'variant':
      return 1
    case 'array':
    case 'dict':
      return 4
    case 'struct':
      return 8
    case 'basic':
      return BASIC_ALIGNMENT[type.code]
  }
}

const BASIC_ALIGNMENT: Record<BasicCode, 1 | 2 | 4 | 8> = {
  y: 1,
  b: 4,
  n: 2,
  q: 2,
  i: 4,
  u: 4,
  x: 8,
  t: 8,
  d: 8,
  s: 4,
  o: 4,
  g: 1,
}
