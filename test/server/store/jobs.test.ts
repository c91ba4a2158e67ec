import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewJob } from '../../../src/server/store/jobs.js'
import { temporaryStore } from '../temporary.js'

const deploy = (source: string, commit: string): NewJob => ({
  ...{ source, commit, kind: 'deploy', cause: 'branch', actor: 'server' },
})
const CHILD = { pid: 1, started: '1', boot: 'one' }

describe('the queue', () => {
  it('has the newest that waits win, and says by which the others were superseded', () => {
    const { store } = temporaryStore()
    const [first, second, third] = ['a', 'b', 'c'].map((commit) => store.jobs.add(deploy('forum', commit)))
    assert.deepEqual(
      [first, second, third].map((job) => {
        const now = store.jobs.get(job?.id ?? 0)
        return [now?.state, now?.replacedBy, now?.reason]
      }),
      [
        ['superseded', second?.id, `job ${second?.id} is newer`],
        ['superseded', third?.id, `job ${third?.id} is newer`],
        ['queued', null, null],
      ],
    )
  })

  it('runs one of a source at a time, the oldest first, and no more than it may', () => {
    const { store } = temporaryStore()
    for (const source of ['forum', 'wiki', 'blog']) store.jobs.add(deploy(source, 'a'))
    assert.equal(store.jobs.claim(2)?.source, 'forum')
    store.jobs.add(deploy('forum', 'b'))
    assert.equal(store.jobs.claim(2)?.source, 'wiki')
    assert.equal(store.jobs.claim(2), undefined)
    assert.equal(store.jobs.claim(3)?.source, 'blog')
    assert.equal(store.jobs.claim(9), undefined)
  })

  it('has what waits go on waiting while something holds its source, unless somebody asked for it', () => {
    const { store } = temporaryStore()
    store.jobs.add(deploy('forum', 'a'))
    store.sources.hold('forum', 'pause', 'ada')
    assert.equal(store.jobs.claim(1), undefined)
    store.sources.resume('forum', 'ada')
    assert.equal(store.jobs.claim(1)?.commit, 'a')
    store.sources.hold('wiki', 'rollback', 'ada')
    store.jobs.add({ ...deploy('wiki', 'b'), kind: 'rollback', actor: 'ada' })
    assert.equal(store.jobs.claim(9)?.source, 'wiki')
  })

  it('stops what runs for a newer one, before anything has changed', () => {
    const { store } = temporaryStore()
    const { id } = store.jobs.add(deploy('forum', 'a'))
    store.jobs.claim(1)
    const newer = store.jobs.add(deploy('forum', 'b'))
    assert.equal(store.jobs.get(id)?.stopBy, `job ${newer.id} is newer`)
    assert.equal(store.jobs.get(id)?.replacedBy, newer.id)
    // Its process has not begun, and never will.
    assert.equal(store.jobs.register(id, 1, CHILD), false)
  })

  it('lets what a host has begun with come to its end', () => {
    const { store } = temporaryStore()
    const { id } = store.jobs.add(deploy('forum', 'a'))
    const job = store.jobs.claim(1)
    assert.ok(job)
    store.jobs.progressed(job, 10, 'activate')
    assert.equal(store.jobs.stop(id, 'somebody'), 'too-late')
    store.jobs.add(deploy('forum', 'b'))
    assert.deepEqual([store.jobs.get(id)?.stopBy, store.jobs.get(id)?.replacedBy], [null, null])
  })

  it('cancels what waits at once', () => {
    const { store } = temporaryStore()
    const { id } = store.jobs.add(deploy('forum', 'a'))
    assert.equal(store.jobs.stop(id, 'somebody'), 'cancelled')
    assert.equal(store.jobs.get(id)?.state, 'cancelled')
    assert.equal(store.jobs.stop(id, 'somebody'), 'over')
    assert.equal(store.jobs.stop(99, 'somebody'), 'none')
  })

  it('knows the process of each attempt: one, and none of an earlier attempt', () => {
    const { store } = temporaryStore()
    const { id } = store.jobs.add(deploy('forum', 'a'))
    const job = store.jobs.claim(1)
    assert.ok(job)
    store.jobs.again(job, false)
    assert.equal(store.jobs.register(id, 1, CHILD), false)
    assert.equal(store.jobs.register(id, 2, CHILD), true)
    assert.equal(store.jobs.register(id, 2, { ...CHILD, pid: 2 }), false)
    // It registered in between: it is not begun again for not having done so.
    store.jobs.again({ ...job, attempt: 2 }, false)
    assert.equal(store.jobs.get(id)?.attempt, 2)
  })

  it('ends a job once', () => {
    const { store } = temporaryStore()
    const { id } = store.jobs.add(deploy('forum', 'a'))
    const job = store.jobs.claim(1)
    assert.ok(job)
    store.jobs.end(job, 'deployed', { result: { outcomes: [] } })
    store.jobs.end(job, 'failed', { reason: 'late' })
    assert.deepEqual(store.jobs.get(id)?.state, 'deployed')
    assert.equal(store.events.after(0).filter(({ kind }) => kind === 'ended').length, 1)
  })
})
