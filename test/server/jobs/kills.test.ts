import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createWorker, type Runner, type Worker } from '../../../src/server/jobs/worker.js'
import { queueIfDue } from '../../../src/server/sources/watcher.js'
import type { Database } from '../../../src/server/store/database.js'
import { openStore, type Store } from '../../../src/server/store/store.js'
import { createWorld } from './world.js'

/** Runs with seeds of their own; each kills the server and deploys at other places. */
const RUNS = process.env.SLIPWAY_TEST === 'full' ? 1000 : 200
const SOURCES = ['forum', 'wiki']
/** What a run does before it is left to come to rest. */
const ACTIONS = 60
/** Turns in which everything must have come to an end. */
const REST = 400

class Killed extends Error {}

/** Numbers that are the same for the same seed: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** A server that can be killed before or after anything that it writes or does; then it does nothing more. */
function mortal(file: string, runner: Runner, now: () => number) {
  const life = { left: Number.POSITIVE_INFINITY, dead: false }
  const breathe = () => {
    if (life.dead || life.left <= 0) {
      life.dead = true
      throw new Killed()
    }
    life.left -= 1
  }
  const around =
    <A extends unknown[], R>(work: (...args: A) => R) =>
    (...args: A): R => {
      breathe()
      const result = work(...args)
      breathe()
      return result
    }
  const store = openStore(file, now)
  const { sql, transact } = store.db
  const mortalDb = store.db as { -readonly [K in keyof Database]: Database[K] }
  mortalDb.transact = around(transact) as Database['transact']
  mortalDb.sql = (text) => {
    const statement = sql(text)
    return {
      ...statement,
      run: around((...values) => statement.run(...values)),
      get: (...v) => statement.get(...v),
      all: (...v) => statement.all(...v),
    }
  }
  const hands: Runner = {
    ...runner,
    start: around(runner.start),
    signal: around(runner.signal),
    checkout: async (job) => {
      breathe()
      return runner.checkout(job)
    },
  }
  const worker = createWorker(store, hands, {
    parallel: 2,
    deadlineOf: () => Number.POSITIVE_INFINITY,
    onDefect: (error) => {
      if (!(error instanceof Killed)) throw error
    },
  })
  return { store, worker, life }
}

async function run(folder: string, seed: number): Promise<void> {
  const random = randomOf(seed)
  const file = join(folder, `${seed}.sqlite`)
  let clock = 1000
  const now = () => clock
  const world = createWorld(random)
  // What children and people write with: they are not killed with the server.
  const outside = openStore(file, now)
  let server: { store: Store; worker: Worker; life: { left: number; dead: boolean } } | undefined
  const heads = new Map<string, string>()
  const stopped = new Set<string>()

  const tick = async () => {
    server ??= mortal(file, world.runner(), now)
    try {
      server.worker.tick()
      await new Promise(setImmediate)
      if (server.life.dead) throw new Killed()
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      server.store.db.close()
      server = undefined
    }
  }
  for (let action = 0; action < ACTIONS; action += 1) {
    clock += 1000
    const dice = random()
    const source = SOURCES[Math.floor(random() * SOURCES.length)] ?? ''
    if (dice < 0.12) {
      const commit = `${seed}-${action}`
      heads.set(source, commit)
      queueIfDue(outside, source, commit)
    } else if (dice < 0.15) {
      const job = outside.jobs.running(source) ?? outside.jobs.queued(source)
      if (job && outside.jobs.stop(job.id, 'somebody') !== 'too-late') stopped.add(job.commit)
    } else if (dice < 0.18) world.kill()
    else if (dice < 0.3 && server) server.life.left = Math.floor(random() * 12)
    else if (dice < 0.65) world.step(outside)
    else await tick()
    assert.deepEqual(world.doubled, [])
  }
  if (server) server.life.left = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < REST && outside.jobs.open().length > 0; turn += 1) {
    clock += 1000
    await tick()
    for (const _ of world.children) world.step(outside)
  }

  assert.deepEqual(outside.jobs.open(), [], 'every job has an end')
  assert.deepEqual(world.doubled, [])
  for (const [source, head] of heads) {
    const last = outside.jobs.newest(source)
    assert.equal(last?.commit, head, 'the newest push has the last job')
    if (last?.state === 'deployed' || last?.state === 'unchanged') {
      assert.equal(world.serving.get(source), head)
    } else if (last?.state === 'failed')
      assert.ok(world.killed(last.id) >= 3 || stopped.has(head), last.reason ?? '')
    else assert.ok(last?.state === 'cancelled' && stopped.has(head), `${source}: ${last?.state}`)
  }
  const confirmed = world.changes.map(({ source, commit }) => `${source} ${commit}`)
  assert.deepEqual([...new Set(confirmed)], confirmed, 'no commit was deployed twice')
  for (const { job, said } of world.children) {
    if (said === 'deployed')
      assert.equal(outside.jobs.get(job.id)?.state, 'deployed', 'what was said is told')
  }
  for (const job of outside.jobs.list(1000)) {
    if (job.state === 'superseded') assert.ok((job.replacedBy ?? 0) > job.id, 'it says by which')
  }
  server?.store.db.close()
  outside.db.close()
}

describe('the queue, when the server and deploys are killed', () => {
  // In memory where that is possible: a database of each run is written to the disk hundreds of times.
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  let folder: string
  before(() => {
    folder = mkdtempSync(join(base, 'slipway-kills-'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it(`loses none and doubles none, in ${RUNS} runs`, async () => {
    for (let seed = 1; seed <= RUNS; seed += 1) {
      await run(folder, seed).catch((error) => {
        throw new Error(`seed ${seed}: ${error.message}`, { cause: error })
      })
    }
  })
})
