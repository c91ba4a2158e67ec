import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FrameError } from '../../src/wire/frames.js'
import { createReceiver } from '../../src/wire/receiving.js'
import { createInbox, WINDOW_BYTES } from '../../src/wire/streams.js'

function receiving(most = 3) {
  const told: string[] = []
  const receiver = createReceiver({
    most,
    credit: (stream, bytes) => told.push(`credit ${stream} ${bytes}`),
    unwanted: (stream) => told.push(`unwanted ${stream}`),
  })
  const read = async (stream: number) => {
    const pieces: Buffer[] = []
    for await (const piece of receiver.read(stream)) pieces.push(Buffer.from(piece))
    return Buffer.concat(pieces).toString()
  }
  return { receiver, told, read }
}

describe('streams of the other end', () => {
  it('are read once, whole', async () => {
    const { receiver, read, told } = receiving()
    receiver.bytes(1, Buffer.from('one '))
    receiver.bytes(1, Buffer.from('two'))
    receiver.end(1)
    assert.equal(await read(1), 'one two')
    assert.deepEqual(told, ['credit 1 7'])
  })

  it('that are dropped take no memory, whatever comes of them still', async () => {
    const { receiver, read, told } = receiving(1)
    receiver.bytes(1, Buffer.from('one'))
    receiver.drop(1)
    receiver.drop(1)
    receiver.bytes(1, Buffer.from('two'))
    assert.deepEqual(told, ['unwanted 1'])
    await assert.rejects(read(1), /nobody was to read it/)
    assert.throws(() => receiver.bytes(3, Buffer.from('x')), /too many streams/)
    receiver.broken(1)
    receiver.bytes(3, Buffer.from('x'))
    receiver.end(3)
    assert.equal(await read(3), 'x')
  })

  it('can be dropped before anything of them has come', () => {
    const { receiver, told } = receiving()
    receiver.drop(5)
    receiver.bytes(5, Buffer.from('late'))
    receiver.end(5)
    assert.deepEqual(told, ['unwanted 5'])
  })

  it('that have been read are done with, however often they are dropped', async () => {
    const { receiver, read, told } = receiving(1)
    for (const stream of [1, 3, 5, 7]) {
      receiver.bytes(stream, Buffer.from('x'))
      receiver.end(stream)
      assert.equal(await read(stream), 'x')
      receiver.drop(stream)
    }
    assert.equal(told.filter((line) => line.startsWith('unwanted')).length, 0)
  })

  it('are dropped where their reader leaves', async () => {
    const { receiver, told } = receiving()
    receiver.bytes(1, Buffer.from('x'))
    for await (const _piece of receiver.read(1)) break
    assert.deepEqual(told, ['unwanted 1'])
  })

  it('send no more than they were allowed to, dropped or not', () => {
    const { receiver } = receiving()
    receiver.bytes(1, Buffer.alloc(WINDOW_BYTES))
    assert.throws(() => receiver.bytes(1, Buffer.alloc(1)), FrameError)
    receiver.drop(1)
    assert.throws(() => receiver.bytes(1, Buffer.alloc(1)), FrameError)
  })
})

describe('an inbox', () => {
  it('takes a window of single bytes, and of nothing at all, in little memory', async () => {
    const before = memory()
    const inbox = createInbox(() => undefined)
    for (let byte = 0; byte < WINDOW_BYTES; byte += 1) inbox.push(Buffer.of(byte & 0xff))
    for (let nothing = 0; nothing < 1_000_000; nothing += 1) inbox.push(Buffer.alloc(0))
    const grown = memory() - before
    assert.ok(grown < 8 * WINDOW_BYTES, `${grown} bytes`)
    inbox.end()
    let at = 0
    for await (const piece of inbox) {
      for (const byte of piece) {
        assert.equal(byte, at & 0xff)
        at += 1
      }
    }
    assert.equal(at, WINDOW_BYTES)
  })
})

/** What lives, garbage aside. */
function memory(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return globalThis.gc === undefined ? arrayBuffers : heapUsed + arrayBuffers
}
