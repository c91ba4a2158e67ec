import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { marshal } from '../../../../src/agent/systemd/dbus/marshal.js'
import { MarshalError, parseSignature } from '../../../../src/agent/systemd/dbus/signature.js'
import { unmarshal } from '../../../../src/agent/systemd/dbus/unmarshal.js'
import { typedValue } from './typed-value.js'

describe('values of D-Bus', () => {
  const exact: [signature: string, values: unknown[], hex: string][] = [
    ['y', [0xfe], 'fe'],
    ['b', [true], '01000000'],
    ['n', [-2], 'feff'],
    ['q', [0xfffe], 'feff'],
    ['i', [-2], 'feffffff'],
    ['u', [0xfffffffe], 'feffffff'],
    ['x', [-2], 'feffffffffffffff'],
    ['t', [2 ** 53 - 1], 'ffffffffffff1f00'],
    ['t', [2n ** 64n - 1n], 'ffffffffffffffff'],
    ['d', [1.5], '000000000000f83f'],
    ['s', ['foo'], '03000000 666f6f 00'],
    ['s', ['Größe'], '07000000 4772c3b6c39f65 00'],
    ['s', [''], '00000000 00'],
    ['o', ['/a/b'], '04000000 2f612f62 00'],
    ['g', ['a{sv}'], '05 617b73767d 00'],
    // What comes next begins on a multiple of its size.
    ['yu', [1, 2], '01 000000 02000000'],
    ['yt', [1, 2], '01 00000000000000 0200000000000000'],
    ['y(y)', [1, [2]], '01 00000000000000 02'],
    // The length of an array does not count what pads before its first element.
    ['at', [[1]], '08000000 00000000 0100000000000000'],
    ['at', [[]], '00000000 00000000'],
    ['ay', [Buffer.from([1, 2, 3])], '03000000 010203'],
    ['as', [['a', 'b']], '0e000000 01000000 61 00 0000 01000000 62 00'],
    ['a{sv}', [{ k: { signature: 'q', value: 7 } }], '0c000000 00000000 01000000 6b 00 01 71 00 00 0700'],
    ['a{uy}', [[[1, 2]]], '05000000 00000000 01000000 02'],
    ['v', [{ signature: 'v', value: { signature: 'y', value: 5 } }], '01 76 00 01 79 00 05'],
  ]
  for (const [signature, values, hex] of exact) {
    it(`writes ${signature} as ${hex}`, () => {
      assert.equal(marshal(signature, values).toString('hex'), hex.replaceAll(' ', ''))
    })
  }

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(typedValue(), ({ signature, written, read }) => {
        assert.deepEqual(unmarshal(signature, marshal(signature, [written])), [read])
      }),
    )
  })

  it('reads back several values, each at its place', () => {
    fc.assert(
      fc.property(fc.array(typedValue(), { maxLength: 5 }), (values) => {
        const signature = values.map((value) => value.signature).join('')
        fc.pre(signature.length <= 255)
        const bytes = marshal(
          signature,
          values.map(({ written }) => written),
        )
        assert.deepEqual(
          unmarshal(signature, bytes),
          values.map(({ read }) => read),
        )
      }),
    )
  })

  it('refuses bytes that end too early, or too late', () => {
    fc.assert(
      fc.property(typedValue(), fc.nat(), ({ signature, written }, cut) => {
        const bytes = marshal(signature, [written])
        assert.throws(() => unmarshal(signature, bytes.subarray(0, cut % bytes.length)), MarshalError)
        assert.throws(() => unmarshal(signature, Buffer.concat([bytes, Buffer.alloc(1)])), MarshalError)
      }),
    )
  })

  it('reads any bytes, or refuses them', () => {
    fc.assert(
      fc.property(typedValue(), fc.uint8Array({ maxLength: 64 }), ({ signature }, bytes) => {
        try {
          unmarshal(signature, Buffer.from(bytes))
        } catch (error) {
          assert.ok(error instanceof MarshalError, String(error))
        }
      }),
    )
  })

  it('refuses values that are not of their type', () => {
    const wrong: [string, unknown][] = [
      ['y', 256],
      ['y', -1],
      ['u', 1.5],
      ['b', 1],
      ['t', -1],
      ['t', 2n ** 64n],
      ['x', 2 ** 53],
      ['s', 'a\0b'],
      ['s', 5],
      ['o', 'no/path'],
      ['o', '/a/'],
      ['g', 'a'],
      ['as', 'text'],
      ['(ss)', ['one']],
      ['v', 'bare'],
      ['v', { signature: 'ss', value: 'a' }],
      ['a{sv}', null],
    ]
    for (const [signature, value] of wrong) {
      assert.throws(() => marshal(signature, [value]), MarshalError, `${signature} ${String(value)}`)
    }
    assert.throws(() => marshal('ss', ['one']), /takes 2 values, not 1/)
  })

  it('refuses texts that are not UTF-8, and booleans that are neither', () => {
    assert.throws(() => unmarshal('s', Buffer.from('01000000ff00', 'hex')), /not UTF-8/)
    assert.throws(() => unmarshal('s', Buffer.from('010000006161', 'hex')), /zero byte/)
    assert.throws(() => unmarshal('b', Buffer.from('02000000', 'hex')), /no boolean/)
  })

  it('keeps a key that objects have of their own', () => {
    const bytes = marshal('a{ss}', [[['__proto__', 'x']]])
    assert.deepEqual(Object.entries(unmarshal('a{ss}', bytes)[0] as object), [['__proto__', 'x']])
  })
})

describe('signatures', () => {
  it('are lists of complete types', () => {
    assert.deepEqual(parseSignature('sa{sv}(ia(uo))'), [
      { kind: 'basic', code: 's' },
      { kind: 'dict', key: 's', value: { kind: 'variant' } },
      {
        kind: 'struct',
        fields: [
          { kind: 'basic', code: 'i' },
          {
            kind: 'array',
            of: {
              kind: 'struct',
              fields: [
                { kind: 'basic', code: 'u' },
                { kind: 'basic', code: 'o' },
              ],
            },
          },
        ],
      },
    ])
  })

  it('are refused where D-Bus does not allow them', () => {
    for (const signature of [
      'a',
      '(',
      '()',
      '(s',
      's)',
      '{sv}',
      'a{sv',
      'a{vs}',
      'a{s}',
      'a{sss}',
      'h',
      '*',
    ]) {
      assert.throws(() => parseSignature(signature), MarshalError, signature)
    }
    assert.throws(() => parseSignature(`${'a'.repeat(33)}s`), /nests too deeply/)
    assert.throws(() => parseSignature(`${'('.repeat(33)}s${')'.repeat(33)}`), /nests too deeply/)
    assert.throws(() => parseSignature('s'.repeat(256)), /longer than 255/)
  })
})
