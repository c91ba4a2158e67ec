import fc from 'fast-check'

/** A value of a type: as it is given to be written, and as it is read. */
export interface TypedValue {
  signature: string
  written: unknown
  read: unknown
}

const text = fc.string({ unit: 'grapheme' }).map((given) => given.replaceAll('\0', ''))
const large = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value)
const objectPath = fc
  .array(fc.stringMatching(/^[A-Za-z0-9_]+$/), { maxLength: 4 })
  .map((parts) => `/${parts.join('/')}`)

/** Arbitraries of the basic types' values. */
const BASIC: Record<string, fc.Arbitrary<unknown>> = {
  y: fc.integer({ min: 0, max: 0xff }),
  b: fc.boolean(),
  n: fc.integer({ min: -0x8000, max: 0x7fff }),
  q: fc.integer({ min: 0, max: 0xffff }),
  i: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  u: fc.integer({ min: 0, max: 0xffffffff }),
  x: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  t: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  d: fc.double({ noNaN: true }),
  s: text,
  o: objectPath,
  g: fc.constantFrom('', 's', 'a{sv}', '(ia(uo))'),
}

function basic(code: string, value: unknown): TypedValue {
  return { signature: code, written: value, read: typeof value === 'bigint' ? large(value) : value }
}

const anyBasic = fc
  .constantFrom(...Object.keys(BASIC))
  .chain((code) => (BASIC[code] ?? fc.constant(0)).map((value) => basic(code, value)))

/** Several values of one type: the shape of the first, with its own value again. */
function repeated(of: fc.Arbitrary<TypedValue>): fc.Arbitrary<TypedValue[]> {
  return fc.tuple(of, fc.integer({ min: 1, max: 3 })).map(([value, times]) => Array(times).fill(value))
}

/** Any value that D-Bus can carry. */
export function typedValue(): fc.Arbitrary<TypedValue> {
  const { any } = fc.letrec<{ any: TypedValue }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      anyBasic,
      fc.uint8Array().map((bytes) => ({
        signature: 'ay',
        written: Buffer.from(bytes),
        read: Buffer.from(bytes),
      })),
      repeated(tie('any').filter(({ signature }) => signature !== 'y')).map((values) => ({
        signature: `a${values[0]?.signature}`,
        written: values.map(({ written }) => written),
        read: values.map(({ read }) => read),
      })),
      fc.array(tie('any'), { minLength: 1, maxLength: 3 }).map((fields) => ({
        signature: `(${fields.map(({ signature }) => signature).join('')})`,
        written: fields.map(({ written }) => written),
        read: fields.map(({ read }) => read),
      })),
      tie('any').map(({ signature, written, read }) => ({
        signature: 'v',
        written: { signature, value: written },
        read,
      })),
      fc.tuple(fc.uniqueArray(text, { maxLength: 3 }), tie('any')).map(([keys, value]) => ({
        signature: `a{s${value.signature}}`,
        written: Object.fromEntries(keys.map((key) => [key, value.written])),
        read: Object.fromEntries(keys.map((key) => [key, value.read])),
      })),
      fc.tuple(fc.integer({ min: 0, max: 0xff }), tie('any')).map(([key, value]) => ({
        signature: `a{y${value.signature}}`,
        written: [[key, value.written]],
        read: [[key, value.read]],
      })),
    ),
  }))
  return any.filter(({ signature }) => signature.length <= 255)
}
