import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createApp } from '../../../src/server/api/app.js'
import { temporaryStore } from '../temporary.js'

/** What a stream gives until it has given so many events. */
async function events(response: Response, count: number) {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  const found = () => [...text.matchAll(/^event: (.+)$/gm)].map(([, kind]) => kind)
  while (found().length < count) {
    const { value, done } = (await reader?.read()) ?? {}
    if (done) break
    text += decoder.decode(value, { stream: true })
  }
  await reader?.cancel()
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))
  return { kinds: found(), ids }
}

function served() {
  const { store } = temporaryStore()
  const app = createApp({ store, sources: [], names: ['x'], onChange: () => undefined })
  const open = async (path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { host: 'x', ...headers } }, { socket: true })
  return { store, app, open }
}

describe('the stream of events', () => {
  it('goes on after the last one that somebody has, and with what comes', async () => {
    const { store, open } = served()
    for (const kind of ['queued', 'began', 'ended'] as const) store.events.tell(kind, 'forum', 1)
    const reading = events(await open('/api/v1/events', { 'last-event-id': '1' }), 3)
    setTimeout(() => store.events.tell('held', 'forum', null), 20)
    assert.deepEqual(await reading, { kinds: ['began', 'ended', 'held'], ids: [2, 3, 4] })
    assert.deepEqual((await events(await open('/api/v1/events?after=3'), 1)).kinds, ['held'])
  })

  it('gives all of what happens at once, in order', async () => {
    const { store, open } = served()
    const reading = events(await open('/api/v1/events?after=0'), 3000)
    store.db.transact(() => {
      for (let n = 0; n < 3000; n += 1) store.events.tell('step', 'forum', 1)
    })
    const { ids } = await reading
    assert.deepEqual(
      ids.slice(0, 3000),
      Array.from({ length: 3000 }, (_, n) => n + 1),
    )
  })

  it('says where some of it is forgotten, or never was', async () => {
    const { store, open } = served()
    for (let n = 0; n < 5; n += 1) store.events.tell('step', 'forum', 1)
    store.db.sql('DELETE FROM event WHERE seq < 4').run()
    assert.deepEqual(await events(await open('/api/v1/events?after=1'), 1), { kinds: ['gap'], ids: [5] })
    assert.deepEqual(await events(await open('/api/v1/events?after=99'), 1), { kinds: ['gap'], ids: [5] })
    assert.deepEqual((await events(await open('/api/v1/events?after=3'), 2)).kinds, ['step', 'step'])
  })

  it('shows only what somebody may see, and nothing to a page of another site', async () => {
    const { store, app } = served()
    const token = store.tokens.add({ name: 'me', role: 'viewer', sources: ['wiki'], expiresAt: null })
    store.events.tell('queued', 'forum', 1)
    store.events.tell('began', 'wiki', 2)
    const ask = (headers: Record<string, string>) =>
      app.request('/api/v1/events?after=0', { headers: { host: 'x', ...headers } }, { socket: false })
    const me = { authorization: `Bearer ${token}` }
    assert.deepEqual((await events(await ask(me), 1)).kinds, ['began'])
    assert.equal((await ask({})).status, 401)
    assert.equal((await ask({ ...me, origin: 'https://evil.example' })).status, 403)
  })
})
