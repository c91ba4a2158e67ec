import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Audit } from '../../../src/agent/access/audit.js'
import { writeKey } from '../../../src/agent/access/key-record.js'
import { createTurns } from '../../../src/agent/activation/turns.js'
import { type Serving, serveLogin } from '../../../src/agent/server/login.js'
import type { PeerInfo } from '../../../src/agent/server/session.js'
import { createSessions } from '../../../src/agent/server/sessions.js'
import { CONTRACT_VERSION } from '../../../src/contract/verbs.js'
import { encodeFrame, FrameType } from '../../../src/wire/frames.js'
import { callPeer } from '../../../src/wire/peer.js'
import { asking, made } from '../access/policy/samples.js'
import { testAgent } from '../test-agent.js'

/** Streams that are tried, always the same. */
const RUNS = 3000
const SEED = 13
/** What all of them together may have this process keep. */
const MOST_MEMORY_MIB = 256
const MIB = 1024 * 1024

const test = testAgent()
after(test.remove)
const KEY = { service: 'web', name: 'ci' }
const PEER: PeerInfo = { connection: '192.0.2.1 1 192.0.2.2 22', became: false, key: KEY }
const nothing = () => undefined
const audit = { asked: nothing, refused: nothing, about: nothing, settled: async () => undefined } as Audit
const serving = {
  state: { agent: test.agent, lives: new Map(), arriving: new Map(), turns: createTurns() },
  parts: { self: { version: '1', bundle: 'x' } },
  audit,
  sessions: createSessions(),
} as unknown as Serving

function login(): { there: Duplex; ended: Promise<unknown> } {
  const [there, here] = duplexPair()
  there.on('error', nothing)
  // As the two ends of a socket do.
  there.on('close', () => here.destroy())
  const ended = new Promise((resolve) => here.on('close', resolve))
  serveLogin(serving, here as unknown as Socket, PEER)
  return { there, ended }
}

/** Whether the agent answers a login that does nothing odd. */
async function answers(): Promise<void> {
  const { there } = login()
  const peer = callPeer({
    readable: there,
    writable: there,
    onEvent: nothing,
    lost: (cause) => cause ?? new Error('lost'),
  })
  const { key } = await peer.call('hello', { contract: CONTRACT_VERSION, version: '1' })
  assert.deepEqual(key, KEY)
  peer.channel.close()
}

const text = (call: object) => Buffer.from(JSON.stringify(call))
const call = (method: string, params: unknown, id: unknown = 1) =>
  text({ jsonrpc: '2.0', id, method, params })
const HELLO = encodeFrame(
  FrameType.message,
  0,
  call('hello', { contract: CONTRACT_VERSION, version: '1' }, 'hello'),
)
/** What deployers say, to be changed. */
const SAID = [
  call('report', { probe: false, settings: false, secretKeys: true, systems: [] }),
  call('apply', asking(made())),
  call('history', { service: 'web' }),
  call('logs', { service: 'web', follow: true, lines: 1, since: null }),
  call('abort', { id: '0123456789abcdef', reason: 'x' }),
  call('upgrade', { hash: '0123456789abcdef', stream: 1 }),
]

const payload = fc.oneof(
  fc.constantFrom(...SAID),
  // Cut, and with bytes that are not UTF-8.
  fc.tuple(fc.constantFrom(...SAID), fc.nat(4000)).map(([said, at]) => said.subarray(0, at % said.length)),
  fc
    .tuple(fc.constantFrom(...SAID), fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 8 }))
    .map(([said, changes]) => {
      const changed = Buffer.from(said)
      for (const [at, byte] of changes) changed[at % changed.length] = byte
      return changed
    }),
  // Deep, and wide.
  fc
    .tuple(fc.constantFrom('[', '{"a":', '[[],'), fc.integer({ min: 1, max: 60_000 }))
    .map(([part, times]) => Buffer.from(part.repeat(times))),
  fc.integer({ min: 1, max: 40_000 }).map((times) => {
    const deep = `${'['.repeat(times)}${']'.repeat(times)}`
    return Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"history","params":{"service":"web","x":${deep}}}`)
  }),
  fc.json({ maxDepth: 6 }).map((json) => Buffer.from(json)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
)
const frame = fc
  .record({
    type: fc.oneof(
      { weight: 6, arbitrary: fc.constant(FrameType.message as number) },
      { weight: 3, arbitrary: fc.constantFrom(...(Object.values(FrameType) as number[])) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
    stream: fc.oneof(fc.nat(6), fc.nat(0xffffffff)),
    payload,
    /** Says another length than it has. */
    lie: fc.option(fc.oneof(fc.nat(100), fc.nat(0xffffffff)), { freq: 12 }),
  })
  .map(({ type, stream, payload: bytes, lie }) => {
    const whole = encodeFrame(type as FrameType, stream, bytes)
    if (lie !== null) whole.writeUInt32BE(lie, 1)
    return whole
  })
const stream = fc.record({
  greets: fc.boolean(),
  frames: fc.array(frame, { maxLength: 6 }),
  /** How the bytes are cut on their way. */
  sizes: fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 6 }),
})

describe("the agent's end of a stream", () => {
  it('audit 15: outlives whatever a key sends, in bounded memory, and still answers', async () => {
    await writeKey(test.agent, KEY, {
      ...{ version: 2, key: 'ssh-ed25519 AAAA', signing: null, added: 0, observe: false },
      services: [{ service: 'web', routes: [{ domain: 'example.com', path: '/' }] }],
    })
    await answers()
    const before = process.memoryUsage().rss
    let most = before
    let tried = 0
    await fc.assert(
      fc.asyncProperty(stream, async ({ greets, frames, sizes }) => {
        const { there, ended } = login()
        there.resume()
        const bytes = Buffer.concat([...(greets ? [HELLO] : []), ...frames])
        let at = 0
        for (const size of [...sizes, bytes.length]) {
          if (there.destroyed) break
          there.write(bytes.subarray(at, at + size))
          at += size
        }
        there.end()
        await ended
        tried += 1
        most = Math.max(most, process.memoryUsage().rss)
        if (tried % 100 === 0) await answers()
      }),
      {
        ...{ numRuns: RUNS, seed: SEED, endOnFailure: true },
        // The bytes would fill the screen: seed and path find them again.
        reporter: ({ failed, counterexamplePath, errorInstance }) => {
          if (failed) throw new Error(`path ${counterexamplePath}: ${errorInstance}`)
        },
      },
    )
    await answers()
    const grown = Math.round((most - before) / MIB)
    console.log(`# ${tried} streams; ${grown} MiB more than before`)
    assert.ok(grown < MOST_MEMORY_MIB, `${grown} MiB`)
  })

  it('audit 15: takes no message that would need more memory than its text', async () => {
    for (const odd of ['[', '{},', '"",']) {
      const { there, ended } = login()
      there.resume()
      there.write(encodeFrame(FrameType.message, 0, Buffer.from(odd.repeat((4 * MIB - 10) / odd.length))))
      await ended
    }
    const { there, ended } = login()
    there.resume()
    const header = Buffer.from('010fffffff00000000', 'hex')
    there.write(header)
    await ended
    await answers()
  })
})
