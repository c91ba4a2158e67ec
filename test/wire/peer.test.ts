import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CallFailed, failed } from '../../src/contract/failure.js'
import { VERBS, type Verb } from '../../src/contract/verbs.js'
import { encodeFrame, FrameType } from '../../src/wire/frames.js'
import { callPeer, type Handlers, servePeer } from '../../src/wire/peer.js'

const ID = '0123456789abcdef'

function connected(
  handlers: Partial<Handlers>,
  allow: (verb: Verb) => void | Promise<void> = () => undefined,
) {
  const [there, back] = [new PassThrough(), new PassThrough()]
  const failures: [Verb, unknown][] = []
  const none = Object.fromEntries(
    Object.keys(VERBS).map((verb) => [verb, async () => assert.fail(`${verb} was called`)]),
  )
  const agent = servePeer({
    readable: there,
    writable: back,
    handlers: { ...(none as unknown as Handlers), ...handlers },
    allow,
    told: (error) => error,
    onFailure: (verb, error) => failures.push([verb, error]),
  })
  const events: unknown[] = []
  const deployer = callPeer({
    readable: back,
    writable: there,
    onEvent: (event) => events.push(event),
    lost: () => new Error('lost'),
  })
  return { agent, deployer, failures, events, there }
}

describe('calls', () => {
  it('bring parameters there and results back', async () => {
    const { deployer } = connected({
      withdraw: async ({ service, who }) => {
        assert.deepEqual([service, who], ['app', 'me@here'])
        return { withdrawn: 3 }
      },
    })
    assert.deepEqual(await deployer.call('withdraw', { service: 'app', who: 'me@here' }), { withdrawn: 3 })
  })

  it('that are not what their schema says reach nobody', async () => {
    const { deployer, failures } = connected({})
    for (const service of ['../app', 'App', '', 7]) {
      await assert.rejects(
        deployer.call('withdraw', { service: service as string, who: 'me' }),
        (error) => error instanceof CallFailed && error.failure.kind === 'invalid',
      )
    }
    await assert.rejects(deployer.call('confirm', { id: ID, nonce: 'short' }), /nonce/)
    assert.equal(failures.length, 5)
  })

  it('that are not allowed are refused before anything is done', async () => {
    const { deployer } = connected({}, (verb) => {
      throw new CallFailed({ kind: 'refused', reasons: [`no ${verb}`] })
    })
    await assert.rejects(deployer.call('listKeys', {}), /no listKeys/)
  })

  it('wait until it is known whether they are allowed', async () => {
    const { deployer, failures } = connected(
      { listKeys: async () => ({ user: null, keys: [] }) },
      async (verb) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        if (verb === 'dryActivate') throw new CallFailed({ kind: 'refused', reasons: ['no'] })
      },
    )
    await deployer.call('listKeys', {})
    const path = `/nix/store/${'0'.repeat(32)}-x`
    await assert.rejects(deployer.call('dryActivate', { path, user: 'root' }), /no/)
    assert.equal(failures.length, 1)
  })

  it('let go of the streams that they name, however they end', async () => {
    const hash = '0123456789abcdef'
    const { deployer, agent } = connected({ upgrade: async () => ({}) }, (verb) => {
      if (verb === 'listKeys') throw new CallFailed({ kind: 'refused', reasons: ['no'] })
    })
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536)
    }
    const unread = deployer.channel.upload(endless())
    await deployer.call('upgrade', { hash, stream: unread.stream })
    await assert.rejects(unread.done, /wants no more/)
    const other = connected({}, () => {
      throw new CallFailed({ kind: 'refused', reasons: ['no'] })
    })
    const refused = other.deployer.channel.upload(endless())
    await assert.rejects(other.deployer.call('upgrade', { hash, stream: refused.stream }), /no/)
    await assert.rejects(refused.done, /wants no more/)
    for (const { channel } of [deployer, agent, other.deployer]) channel.close()
  })

  it('of somebody who does not read the answers end the connection', async () => {
    const report = { user: 'x'.repeat(1_000_000), keys: [] }
    const [there, back] = [new PassThrough(), new PassThrough({ highWaterMark: 1 })]
    const agent = servePeer({
      readable: there,
      writable: back,
      handlers: { listKeys: async () => report } as unknown as Handlers,
      allow: () => undefined,
      told: (error) => error,
      onFailure: () => undefined,
      limits: { messageBytes: 1000, streams: 1, unreadBytes: 10_000_000 },
    })
    for (let id = 0; id < 30; id += 1) {
      const call = JSON.stringify({ jsonrpc: '2.0', id, method: 'listKeys', params: {} })
      there.write(encodeFrame(FrameType.message, 0, Buffer.from(call)))
    }
    assert.match(String(await agent.channel.closed), /does not read/)
    assert.ok(back.writableLength + back.readableLength < 12_000_000)
  })

  it('fail with what the host says, as data', async () => {
    const { deployer } = connected({
      abort: async () => {
        throw new CallFailed({ kind: 'gone' })
      },
      maintenance: async () => {
        throw failed('it has no routes', { next: 'give it some' })
      },
    })
    await assert.rejects(deployer.call('abort', { id: ID, reason: 'x' }), { failure: { kind: 'gone' } })
    await assert.rejects(deployer.call('maintenance', { service: 'app', on: true }), {
      failure: { kind: 'failed', what: 'it has no routes', next: 'give it some' },
    })
  })

  it('without an answer end with the connection', async () => {
    const { deployer, agent } = connected({ listKeys: () => new Promise(() => undefined) })
    const call = deployer.call('listKeys', {})
    setTimeout(() => agent.channel.close(), 10)
    await assert.rejects(call, /lost/)
    await assert.rejects(deployer.call('listKeys', {}), /lost/)
  })

  it('are limited at a time', async () => {
    const { deployer } = connected({ listKeys: () => new Promise(() => undefined) })
    const calls = Array.from({ length: 65 }, () => deployer.call('listKeys', {}))
    await assert.rejects(calls[64] ?? Promise.resolve(), /too many calls/)
    for (const call of calls) call.catch(() => undefined)
    deployer.channel.close()
  })

  it('have events come beside them', async () => {
    const { agent, events, deployer } = connected({ listKeys: async () => ({ user: null, keys: [] }) })
    const event = { item: 'app', step: 'starting' as const, detail: '2' }
    agent.notify({ id: ID, seq: 0, event })
    await deployer.call('listKeys', {})
    assert.deepEqual(events, [{ id: ID, seq: 0, event }])
  })

  it('are all that comes of messages that somebody made up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), async (message) => {
        const { there, deployer } = connected({ listKeys: async () => ({ user: null, keys: [] }) })
        there.write(encodeFrame(FrameType.message, 0, Buffer.from(message as string)))
        assert.deepEqual(await deployer.call('listKeys', {}), { user: null, keys: [] })
      }),
      { numRuns: 300 },
    )
    const { there, deployer } = connected({ listKeys: async () => ({ user: null, keys: [] }) })
    there.write(encodeFrame(FrameType.message, 0, Buffer.from('['.repeat(1_000_000))))
    assert.deepEqual(await deployer.call('listKeys', {}), { user: null, keys: [] })
  })
})
