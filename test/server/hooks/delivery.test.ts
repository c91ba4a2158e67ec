import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readDelivery, take } from '../../../src/server/hooks/delivery.js'
import type { Forge } from '../../../src/server/hooks/signature.js'
import { temporaryStore } from '../temporary.js'

const read = (forge: Forge, headers: Record<string, string>, body: string | undefined) =>
  readDelivery(forge, (name) => headers[name], body === undefined ? undefined : Buffer.from(body))
const PUSH = JSON.stringify({ ref: 'refs/heads/main' })

describe('a delivery', () => {
  it('is read as each forge names things', () => {
    for (const [forge, headers] of [
      ['github', { 'x-github-delivery': '1', 'x-github-event': 'push' }],
      ['forgejo', { 'x-forgejo-delivery': '1', 'x-forgejo-event': 'push' }],
      ['forgejo', { 'x-gitea-delivery': '1', 'x-gitea-event': 'push' }],
    ] as const) {
      assert.deepEqual(read(forge, headers, PUSH), { id: '1', event: 'push', ref: 'refs/heads/main' })
    }
    for (const id of ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid']) {
      const delivery = read('gitlab', { [id]: '1', 'x-gitlab-event': 'Push Hook' }, PUSH)
      assert.deepEqual(delivery, { id: '1', event: 'Push Hook', ref: 'refs/heads/main' })
    }
  })

  it('is read from a form, too', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    assert.equal(read('github', headers, `payload=${encodeURIComponent(PUSH)}`).ref, 'refs/heads/main')
  })

  for (const body of ['', 'null', '5', '[]', '{"ref":5}', '{', undefined]) {
    it(`that can't be read may be of any branch: ${body}`, () =>
      assert.equal(read('github', {}, body).ref, undefined))
  }

  it('without an id is known by its text', () => {
    assert.equal(read('github', {}, PUSH).id, read('github', {}, PUSH).id)
    assert.notEqual(read('github', {}, PUSH).id, read('github', {}, `${PUSH} `).id)
  })
})

describe('taking deliveries', () => {
  const push = { id: '1', event: 'push', ref: 'refs/heads/main' }

  it('has the branch looked at, once for each delivery', () => {
    const { store } = temporaryStore()
    const wanted = () => store.sources.get('forum').looks_wanted
    const before = wanted()
    assert.equal(take(store, 'forum', 'main', push), 'look')
    assert.equal(take(store, 'forum', 'main', push), 'seen before')
    assert.equal(wanted(), before + 1)
    assert.equal(take(store, 'forum', 'main', { ...push, id: '2' }), 'look')
    // Another source's deliveries are others.
    assert.equal(take(store, 'wiki', 'main', push), 'look')
    assert.equal(wanted(), before + 2)
  })

  it('takes what is none of its business, and does nothing', () => {
    const { store } = temporaryStore()
    const before = store.sources.get('forum').looks_wanted
    assert.equal(take(store, 'forum', 'main', { ...push, event: 'ping' }), 'no push')
    assert.equal(
      take(store, 'forum', 'main', { ...push, id: '2', ref: 'refs/heads/--upload-pack=x' }),
      'another branch',
    )
    assert.equal(take(store, 'forum', 'main', { ...push, id: '3', ref: 'refs/tags/main' }), 'another branch')
    assert.equal(store.sources.get('forum').looks_wanted, before)
  })
})
