import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sameKey } from '../../../src/agent/access/rights.js'
import { type PeerInfo, whoAsks, whyAsked } from '../../../src/agent/server/session.js'
import { createSessions } from '../../../src/agent/server/sessions.js'

const CONNECTION = '192.0.2.1 50000 192.0.2.2 22'
const admin: PeerInfo = { connection: CONNECTION, became: true, key: null }
const local: PeerInfo = { connection: '', became: false, key: null }
const keyOf = (service: string, name: string): PeerInfo => ({
  connection: CONNECTION,
  became: false,
  key: { service, name },
})

function open(sessions: ReturnType<typeof createSessions>, peer: PeerInfo, times: number) {
  const begun = Array.from({ length: times }, () => sessions.begin(peer, () => undefined))
  return begun.filter((end) => end !== undefined)
}

describe('logins at a time', () => {
  it('are a few for each key, and others for administrators and the host itself', () => {
    const sessions = createSessions()
    assert.equal(open(sessions, keyOf('web', 'ci'), 100).length, 6)
    assert.equal(open(sessions, keyOf('web', 'other'), 100).length, 6)
    assert.equal(open(sessions, keyOf('blog', 'ci'), 100).length, 6)
    assert.equal(open(sessions, admin, 100).length, 64)
    assert.equal(open(sessions, local, 100).length, 64)
  })

  it('are fewer again when they end', () => {
    const sessions = createSessions()
    const [first] = open(sessions, keyOf('web', 'ci'), 7)
    assert.equal(open(sessions, keyOf('web', 'ci'), 1).length, 0)
    first?.()
    assert.equal(open(sessions, keyOf('web', 'ci'), 2).length, 1)
  })

  it('end with their key', () => {
    const sessions = createSessions()
    const ended: string[] = []
    for (const peer of [keyOf('web', 'ci'), keyOf('web', 'ci2'), keyOf('blog', 'ci'), admin]) {
      sessions.begin(peer, () => ended.push(`${peer.key?.service}/${peer.key?.name}`))
    }
    sessions.endOf({ service: 'web', name: 'ci' })
    assert.deepEqual(ended, ['web/ci'])
  })
})

describe('what a login asks for', () => {
  it('is in the name of its key', () => {
    assert.equal(whoAsks(admin, 'ann@laptop'), 'ann@laptop')
    assert.equal(whoAsks(keyOf('web', 'ci'), 'runner@box'), 'runner@box (key ci)')
  })

  it('holds nothing that speaks to a terminal where it came with a key', () => {
    for (const who of ['a\nb', 'a\rb', '\u001b[2J', '\u009b2J']) {
      assert.throws(() => whoAsks(keyOf('web', 'ci'), who), /in one line who asks/)
      assert.equal(whoAsks(admin, who), who)
    }
    assert.throws(() => whyAsked(keyOf('web', 'ci'), '\u001b[2J'), /holds control characters/)
    assert.equal(whyAsked(keyOf('web', 'ci'), 'not good:\n502'), 'not good:\n502')
  })

  it('is by the same key only where service and name are', () => {
    assert.equal(sameKey({ service: 'web', name: 'ci' }, { service: 'web', name: 'ci' }), true)
    assert.equal(sameKey({ service: 'web', name: 'ci' }, { service: 'blog', name: 'ci' }), false)
    assert.equal(sameKey(null, null), false)
  })
})
