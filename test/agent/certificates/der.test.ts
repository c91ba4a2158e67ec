import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { elementsOf, firstOf } from '../../../src/agent/certificates/der.js'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')
const read = (hex: string) =>
  [...elementsOf(bytes(hex))].map(({ tag, content }) => [tag, content.toString('hex')])

describe('elementsOf', () => {
  it('reads elements one after the other', () => {
    assert.deepEqual(read('02 01 05 04 02 ab cd 05 00'), [
      [2, '05'],
      [4, 'abcd'],
      [5, ''],
    ])
    assert.deepEqual(read(''), [])
  })

  it('reads long lengths', () => {
    const content = 'ab'.repeat(200)
    assert.deepEqual(read(`04 81 c8 ${content}`), [[4, content]])
    assert.deepEqual(read(`04 82 00 c8 ${content}`), [[4, content]])
  })

  for (const [what, hex] of [
    ['is cut off in its content', '04 05 ab'],
    ['is cut off in its length', '04 82 01'],
    ['has no length', '04'],
    ['has no end', '30 80 00 00'],
    ['is longer than anything', '04 85 01 00 00 00 00'],
    ['claims to be huge', '04 84 ff ff ff ff 00'],
  ] as const) {
    it(`does not read what ${what}`, () => assert.throws(() => read(hex), /element that is cut off|no DER/))
  }

  it('firstOf wants one', () => assert.throws(() => firstOf(Buffer.of()), /no element/))
})
