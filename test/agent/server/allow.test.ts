import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Audit } from '../../../src/agent/access/audit.js'
import { deleteKey, writeKey } from '../../../src/agent/access/key-record.js'
import { type Allow, createAllow } from '../../../src/agent/server/allow.js'
import type { PeerInfo } from '../../../src/agent/server/session.js'
import type { State } from '../../../src/agent/server/state.js'
import type { Failure } from '../../../src/contract/failure.js'
import { CONTRACT_VERSION, type Params, type Verb } from '../../../src/contract/verbs.js'
import { type TestAgent, testAgent } from '../test-agent.js'

const KEY = { service: 'web', name: 'ci' }
const ID = '0123456789abcdef'

let test: TestAgent
let state: State
let asked: string[]
beforeEach(async () => {
  test = testAgent()
  asked = []
  state = { agent: test.agent, lives: new Map(), arriving: new Map() } as unknown as State
  await writeKey(test.agent, KEY, {
    version: 2,
    key: 'ssh-ed25519 AAAA',
    services: [{ service: 'web', routes: [] }],
    observe: false,
    signing: null,
    added: 0,
  })
})
afterEach(() => test.remove())

function login(key: PeerInfo['key']): <V extends Verb>(verb: V, params: object) => Promise<void> {
  const audit = {
    asked: (_key: unknown, _from: string, text: string) => asked.push(text),
  } as unknown as Audit
  const allow: Allow = createAllow(state, audit, { connection: '', became: false, key })
  return (verb, params) => allow(verb, params as Params<Verb>)
}

const failsWith = (failure: Failure) => (error: unknown) => {
  assert.deepEqual((error as { failure?: Failure }).failure, failure)
  return true
}
const HELLO = { contract: CONTRACT_VERSION, version: '1' }

describe('a login', () => {
  for (const key of [null, KEY]) {
    const who = key === null ? 'of an administrator' : 'with a key'
    it(`${who} says hello first`, async () => {
      const call = login(key)
      const first = { kind: 'invalid', problem: 'the first call must be hello' } as const
      await assert.rejects(call('history', { service: 'web' }), failsWith(first))
      await assert.rejects(call('listKeys', {}), failsWith(first))
      await call('hello', HELLO)
      await call('history', { service: 'web' })
    })

    it(`${who} that speaks another version is told so whatever it calls`, async () => {
      const call = login(key)
      const version = { kind: 'version', contract: CONTRACT_VERSION } as const
      const other = { contract: CONTRACT_VERSION + 1, version: '9' }
      await assert.rejects(call('hello', other), failsWith(version))
      await assert.rejects(call('history', { service: 'web' }), failsWith(version))
    })

    it(`${who} may send what follows before hello is answered`, async () => {
      const call = login(key)
      await Promise.all([call('hello', HELLO), call('history', { service: 'web' })])
    })
  }

  it('with a key is refused what is not its', async () => {
    const call = login(KEY)
    await call('hello', HELLO)
    const refusal: Failure = {
      kind: 'refused',
      reasons: ['this key deploys web, and does nothing else'],
    }
    await assert.rejects(call('listKeys', {}), failsWith(refusal))
    await assert.rejects(call('history', { service: 'blog' }), failsWith(refusal))
    state.arriving.set(ID, { key: { service: 'web', name: 'other' } } as never)
    await assert.rejects(call('abort', { id: ID, reason: 'x' }), failsWith(refusal))
    state.arriving.set(ID, { key: KEY } as never)
    await call('abort', { id: ID, reason: 'x' })
    assert.deepEqual(asked, ['hello', `abort ${ID} x`])
  })

  it('ends with its key, call by call', async () => {
    const call = login(KEY)
    await call('hello', HELLO)
    await deleteKey(test.agent, KEY)
    const gone: Failure = { kind: 'refused', reasons: ['this key is no longer authorised'] }
    await assert.rejects(call('history', { service: 'web' }), failsWith(gone))
    await assert.rejects(call('hello', HELLO), failsWith(gone))
  })
})
