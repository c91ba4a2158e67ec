import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Channel, openChannel } from '../../src/wire/channel.js'
import { encodeFrame, FrameType } from '../../src/wire/frames.js'
import { requireFew } from '../../src/wire/limits.js'

/** A real connection between two sockets of this process. */
let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wire-'))
})
after(() => rmSync(folder, { recursive: true }))

let count = 0
async function sockets(): Promise<[Socket, Socket]> {
  count += 1
  const path = join(folder, String(count))
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
  const client = createConnection(path)
  const ends: [Socket, Socket] = [client, await accepted]
  server.close()
  return ends
}

async function channels(
  onMessage: { deployer?: (text: string) => void; agent?: (text: string) => void } = {},
) {
  const [one, other] = await sockets()
  const nothing = () => undefined
  const deployer = openChannel({
    readable: one,
    writable: one,
    opens: 'odd',
    onMessage: onMessage.deployer ?? nothing,
  })
  const agent = openChannel({
    readable: other,
    writable: other,
    opens: 'even',
    onMessage: onMessage.agent ?? nothing,
  })
  return { deployer, agent, one, other }
}

async function read(channel: Channel, stream: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of channel.download(stream)) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('a channel', () => {
  it('carries messages in order, both ways', async () => {
    const seen: string[] = []
    const { deployer, agent } = await channels({
      agent: (text) => {
        seen.push(text)
        agent.send(`${text}!`)
      },
      deployer: (text) => {
        seen.push(text)
        if (seen.length === 4) deployer.close()
      },
    })
    deployer.send('a')
    deployer.send('é')
    await deployer.closed
    assert.deepEqual(
      seen.filter((text) => text.endsWith('!')),
      ['a!', 'é!'],
    )
    assert.deepEqual(
      seen.filter((text) => !text.endsWith('!')),
      ['a', 'é'],
    )
  })

  it('carries several uploads beside each other, whole', async () => {
    const { deployer, agent } = await channels()
    const given = [3_000_000, 10, 0, 700_000].map((size, index) => Buffer.alloc(size, index + 1))
    const streams = given.map((bytes) => deployer.upload(bytes).stream)
    assert.deepEqual(streams, [1, 3, 5, 7])
    const found = await Promise.all(streams.map((stream) => read(agent, stream)))
    assert.deepEqual(
      found.map((bytes, index) => bytes.equals(given[index] ?? Buffer.alloc(1))),
      [true, true, true, true],
    )
    deployer.close()
  })

  it('lets no more come than its reader takes', async () => {
    const { deployer, agent, other } = await channels()
    let sent = 0
    async function* endless() {
      for (;;) {
        sent += 65_536
        yield Buffer.alloc(65_536)
      }
    }
    const { stream, done } = deployer.upload(endless())
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.ok(sent <= 3 * 1024 * 1024, `${sent} bytes were taken from the source`)
    assert.ok(other.bytesRead <= 1024 * 1024 + 65_536, `${other.bytesRead} bytes have come`)
    for await (const _piece of agent.download(stream)) break
    await assert.rejects(done, /wants no more/)
    deployer.close()
  })

  it('answers a message in the middle of an upload of 300 MB', async () => {
    const { deployer, agent } = await channels({
      agent: (text) => agent.send(text),
      deployer: () => onAnswer(),
    })
    let onAnswer = () => undefined as undefined
    const answered = new Promise<void>((resolve) => {
      onAnswer = () => {
        resolve()
        return undefined
      }
    })
    async function* large() {
      for (let piece = 0; piece < 300; piece += 1) yield Buffer.alloc(1024 * 1024)
    }
    const { stream } = deployer.upload(large())
    let bytes = 0
    let waited = Number.POSITIVE_INFINITY
    for await (const piece of agent.download(stream)) {
      bytes += piece.byteLength
      if (bytes === 100 * 1024 * 1024) {
        const began = performance.now()
        deployer.send('stop')
        void answered.then(() => {
          waited = performance.now() - began
        })
      }
    }
    assert.equal(bytes, 300 * 1024 * 1024)
    assert.ok(waited < Number.POSITIVE_INFINITY, 'it was answered only after the upload')
    deployer.close()
  })

  it('tells readers and writers when it is cut', async () => {
    const { deployer, agent, one } = await channels()
    const { stream, done } = deployer.upload(
      (async function* () {
        yield Buffer.from('begun')
        await new Promise(() => undefined)
      })(),
    )
    const reading = read(agent, stream)
    setTimeout(() => one.destroy(), 20)
    await assert.rejects(reading)
    void done
    await Promise.all([deployer.closed, agent.closed])
  })

  it('ends where the other end does not keep to the rules', async () => {
    const swapped: [string, Buffer][] = [
      ['bytes for a stream of our own', encodeFrame(FrameType.bytes, 2, Buffer.from('x'))],
      ['the end of a stream of our own', encodeFrame(FrameType.end, 2, Buffer.alloc(0))],
      ['no frame', Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
      [
        'more than was asked for',
        Buffer.concat(
          Array.from({ length: 20 }, () => encodeFrame(FrameType.bytes, 1, Buffer.alloc(65_536))),
        ),
      ],
      [
        'more streams than there may be',
        Buffer.concat(
          Array.from({ length: 1025 }, (_, index) =>
            encodeFrame(FrameType.end, 2 * index + 1, Buffer.alloc(0)),
          ),
        ),
      ],
    ]
    for (const [what, bytes] of swapped) {
      const [one, other] = await sockets()
      one.on('error', () => undefined)
      const agent = openChannel({
        readable: other,
        writable: other,
        opens: 'even',
        onMessage: () => undefined,
      })
      one.write(bytes)
      assert.ok((await agent.closed) instanceof Error, what)
      one.destroy()
    }
  })
})

describe('a message', () => {
  it('holds no more values than it may', () => {
    const few = Buffer.from('{"a":[1,2],"b":{}}')
    requireFew(few, 6)
    requireFew(few, undefined)
    assert.throws(() => requireFew(few, 5), /holds too much/)
    assert.throws(() => requireFew(Buffer.alloc(4_000_000, '['), 100_000), /holds too much/)
  })
})
