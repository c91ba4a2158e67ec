import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { createDecoder, encodeFrame, type Frame, FrameError, FrameType } from '../../src/wire/frames.js'

/** All frames in bytes that come in pieces of the given sizes. */
function decode(bytes: Buffer, sizes: readonly number[]): Frame[] {
  const frames: Frame[] = []
  const take = createDecoder((frame) => frames.push(frame))
  let at = 0
  for (const size of sizes) {
    take(bytes.subarray(at, at + size))
    at += size
  }
  take(bytes.subarray(at))
  return frames
}

describe('frames', () => {
  it('are a type, a length, a stream and a payload', () => {
    assert.equal(encodeFrame(FrameType.bytes, 3, Buffer.from('ab')).toString('hex'), '0200000002000000036162')
  })

  it('come out as they went in, however they are cut', () => {
    const frame = fc.record({
      type: fc.constantFrom(...Object.values(FrameType)),
      stream: fc.nat({ max: 0xffffffff }),
      payload: fc.uint8Array({ maxLength: 300 }),
    })
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.integer({ min: 0, max: 40 })), (given, sizes) => {
        const bytes = Buffer.concat(
          given.map(({ type, stream, payload }) => encodeFrame(type, stream, payload)),
        )
        const found = decode(bytes, sizes).map(({ type, stream, payload }) => ({
          type,
          stream,
          payload: new Uint8Array(payload),
        }))
        assert.deepEqual(
          found,
          given.map((one) => ({ ...one })),
        )
      }),
    )
  })

  it('of no known type, or too long, end the connection', () => {
    assert.throws(() => decode(Buffer.from('00000000000000000000', 'hex'), []), FrameError)
    assert.throws(() => decode(Buffer.from('02ffffffff00000001', 'hex'), []), /too long/)
    assert.throws(() => decode(Buffer.from('01ffffffff00000000', 'hex'), []), /too long/)
  })

  it('never make anything else of bytes than frames or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decode(Buffer.from(bytes), [])
        } catch (error) {
          assert.ok(error instanceof FrameError)
        }
      }),
    )
  })
})
