import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createWatcher, queueIfDue } from '../../../src/server/sources/watcher.js'
import type { JobEnd } from '../../../src/server/store/jobs.js'
import { temporaryStore } from '../temporary.js'

const SOURCE = { name: 'forum', branch: 'main', pollMs: 60_000 }

function watched() {
  const { store, clock } = temporaryStore()
  const forge = { head: 'a' as string | undefined, down: false, asked: 0 }
  const watcher = createWatcher(store, [SOURCE], async () => {
    forge.asked += 1
    if (forge.down) throw new Error('no answer')
    return forge.head
  })
  const end = (state: JobEnd) => {
    const job = store.jobs.claim(1)
    if (job) store.jobs.end(job, state)
  }
  return { store, clock, forge, watcher, end }
}

describe('watching a branch', () => {
  it('queues what is new, once', async () => {
    const { store, clock, forge, watcher, end } = watched()
    await watcher.tick()
    assert.equal(store.jobs.queued('forum')?.commit, 'a')
    end('deployed')
    clock.now += 60_000
    await watcher.tick()
    assert.equal(store.jobs.list(9).length, 1)
    forge.head = 'b'
    clock.now += 60_000
    await watcher.tick()
    assert.equal(store.jobs.queued('forum')?.commit, 'b')
  })

  it('looks at once when it is asked to, and else from time to time', async () => {
    const { store, clock, forge, watcher } = watched()
    await watcher.tick()
    clock.now += 59_999
    await watcher.tick()
    assert.equal(forge.asked, 1)
    store.sources.wantLook('forum')
    await watcher.tick()
    assert.equal(forge.asked, 2)
    await watcher.tick()
    assert.equal(forge.asked, 2)
  })

  it('looks again for what came while it looked', async () => {
    const { store } = temporaryStore()
    let asked = 0
    const watcher = createWatcher(store, [SOURCE], async () => {
      asked += 1
      if (asked === 1) store.sources.wantLook('forum')
      return 'a'
    })
    await watcher.tick()
    await watcher.tick()
    await watcher.tick()
    assert.equal(asked, 2)
  })

  it('tells once of a forge that does not answer, goes on asking, and forgets nothing', async () => {
    const { store, clock, forge, watcher } = watched()
    forge.down = true
    for (let turn = 0; turn < 3; turn += 1) {
      await watcher.tick()
      await watcher.tick()
      clock.now += 15_000
    }
    assert.equal(forge.asked, 3)
    assert.equal(store.sources.get('forum').problem, 'no answer')
    forge.down = false
    await watcher.tick()
    assert.equal(store.jobs.queued('forum')?.commit, 'a')
    const told = store.events.after(0).map(({ kind }) => kind)
    assert.deepEqual(told, ['unreachable', 'reachable', 'queued'])
  })

  it('does not take a branch that is gone for one with nothing new', async () => {
    const { store, clock, forge, watcher, end } = watched()
    await watcher.tick()
    end('deployed')
    forge.head = undefined
    clock.now += 60_000
    await watcher.tick()
    assert.equal(store.sources.get('forum').problem, 'there is no branch main')
    assert.equal(store.jobs.list(9).length, 1)
  })

  for (const state of ['failed', 'cancelled'] as const) {
    it(`does not try again by itself what was ${state}`, async () => {
      const { store, clock, watcher, end } = watched()
      await watcher.tick()
      end(state)
      clock.now += 60_000
      await watcher.tick()
      assert.equal(store.jobs.list(9).length, 1)
    })
  }

  it('does not try again what failed, after another commit, either', async () => {
    const { store, clock, forge, watcher, end } = watched()
    await watcher.tick()
    end('failed')
    forge.head = 'b'
    clock.now += 60_000
    await watcher.tick()
    end('deployed')
    forge.head = 'a'
    clock.now += 60_000
    await watcher.tick()
    assert.equal(store.jobs.queued('forum'), undefined)
  })

  it('queues nothing while something holds the source, and then what is newest', async () => {
    const { store, clock, forge, watcher, end } = watched()
    await watcher.tick()
    end('deployed')
    store.sources.hold('forum', 'rollback', 'ada')
    forge.head = 'b'
    clock.now += 60_000
    await watcher.tick()
    assert.equal(store.jobs.queued('forum'), undefined)
    assert.equal(store.sources.get('forum').head, 'b')
    store.sources.resume('forum', 'ada')
    await watcher.tick()
    assert.equal(store.jobs.queued('forum')?.commit, 'b')
  })

  it('looks, where the clock was put back', async () => {
    const { clock, forge, watcher } = watched()
    await watcher.tick()
    clock.now -= 3600_000
    await watcher.tick()
    assert.equal(forge.asked, 2)
  })

  it('deploys what the branch has after a rollback that is over', () => {
    const { store } = watched()
    const add = (kind: 'deploy' | 'rollback') => {
      store.jobs.add({ source: 'forum', kind, commit: 'a', cause: 'x', actor: 'x' })
      const job = store.jobs.claim(1)
      if (job) store.jobs.end(job, 'deployed')
    }
    add('deploy')
    assert.equal(queueIfDue(store, 'forum', 'a'), undefined)
    add('rollback')
    assert.equal(queueIfDue(store, 'forum', 'a')?.commit, 'a')
  })
})
