import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Fault } from './fault.js'
import { createFrameParser, encodeFrame, Op } from './frames.js'

/** A frame as a server sends it. */
function serverFrame(op: number, payload: Buffer): Buffer {
  const size = payload.length
  const head =
    size < 126
      ? [0x80 | op, size]
      : size < 65_536
        ? [0x80 | op, 126, size >> 8, size & 0xff]
        : [0x80 | op, 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 0xff, (size >> 8) & 0xff, size & 0xff]
  return Buffer.concat([Buffer.from(head), payload])
}

function parse(parts: readonly Buffer[]): [number, string][] {
  const frames: [number, string][] = []
  const feed = createFrameParser((op, payload) => frames.push([op, payload.toString()]))
  for (const part of parts) feed(part)
  return frames
}

const SIZES = [0, 1, 125, 126, 65_535, 65_536]

describe('WebSocket frames', () => {
  it('are masked and of the shortest form', () => {
    for (const [size, head] of [
      [5, 2],
      [126, 4],
      [65_536, 10],
    ] as const) {
      const payload = Buffer.alloc(size, 'a')
      const frame = encodeFrame(Op.text, payload)
      assert.equal(frame.length, head + 4 + size)
      assert.equal(frame[0], 0x81)
      assert.equal((frame[1] ?? 0) & 0x80, 0x80)
      const mask = frame.subarray(head, head + 4)
      const unmasked = frame.subarray(head + 4).map((byte, i) => byte ^ (mask[i % 4] ?? 0))
      assert.deepEqual(Buffer.from(unmasked), payload)
    }
  })

  it('are read wherever the bytes are divided', () => {
    const frames = SIZES.map((size) => serverFrame(Op.text, Buffer.alloc(size, 'x')))
    const expected = SIZES.map((size) => [Op.text, 'x'.repeat(size)])
    assert.deepEqual(parse([Buffer.concat(frames)]), expected)
    const small = Buffer.concat([
      serverFrame(Op.ping, Buffer.from('abc')),
      serverFrame(Op.close, Buffer.from('de')),
    ])
    const bytes = Array.from(small, (_, i) => small.subarray(i, i + 1))
    assert.deepEqual(parse(bytes), [
      [Op.ping, 'abc'],
      [Op.close, 'de'],
    ])
  })

  for (const [what, bytes, message] of [
    ['a fragment', [0x01, 0x00], /fragmented/],
    ['an extension', [0xc1, 0x00], /extended/],
    ['a mask', [0x81, 0x80, 0, 0, 0, 0], /masked/],
    ['what is too long', [0x81, 127, 0, 0, 0, 1, 0, 0, 0, 0], /4294967296 bytes/],
  ] as const) {
    it(`are refused for ${what}`, () => {
      assert.throws(
        () => parse([Buffer.from(bytes)]),
        (error) => error instanceof Fault && error.reason === 'protocol' && message.test(error.message),
      )
    })
  }
})
