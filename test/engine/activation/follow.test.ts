import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createEventLog } from '../../../src/engine/activation/event-log.js'
import { feedOf } from '../../../src/engine/activation/feed.js'
import { followToEnd } from '../../../src/engine/activation/follow.js'
import { guardSettings } from '../../../src/engine/activation/guard.js'
import { sendRequest } from '../../../src/engine/activation/request.js'
import { settle } from '../../../src/engine/settle.js'
import { testEngine } from '../engine.js'
import { begin, type FakeHost, fakeHost, type goWell } from '../fake-host.js'
import { activationOf } from './samples.js'

const ID = '0123456789abcdef'

/** Begins an activation and follows it, with nobody to confirm it. */
async function followed(host: FakeHost, given: { deadline?: number; keep?: boolean } = {}) {
  const engine = testEngine(host)
  const log = createEventLog({ items: 1, onEvent: () => undefined })
  const login = await host.login('main')
  const feed = feedOf(login, { id: ID, log })
  const activation = activationOf()
  const marks = { id: ID, nonce: '0'.repeat(32), guard: guardSettings(activation) }
  const begun = settle(sendRequest(login, activation, marks))
  const { deadline = Date.now() + 60_000, keep = false } = given
  const following = { host: host.config, id: ID, log, deadline, keep, first: feed, begun }
  const ended = await followToEnd(engine, following)
  login.close()
  assert.equal(host.open(), 0, 'a login stayed open')
  return { ended, steps: log.events.map(({ step }) => step), lines: engine.lines() }
}

const WELL = async (played: Parameters<typeof goWell>[0]) => {
  await begin(played)
  await played.tell('web', 'done', '4')
}
const STEPS = ['starting', 'checking', 'active', 'done', 'ended']

describe('followToEnd', () => {
  it('tells each event once, in order, to the end', async () => {
    const host = fakeHost({ play: WELL })
    assert.deepEqual(await followed(host), { ended: true, steps: STEPS, lines: [] })
    assert.equal(host.verbs().at(-1), 'main-1 acknowledge')
  })

  it('leaves the host its record where others are not sure yet', async () => {
    const host = fakeHost({ play: WELL })
    await followed(host, { keep: true })
    assert.deepEqual(host.verbs(), ['main-1 apply'])
  })

  it('leaves the host to clear up by itself', async () => {
    const host = fakeHost({
      play: async (played) => {
        await WELL(played)
        await new Promise(() => undefined)
      },
    })
    assert.deepEqual(await followed(host), { ended: true, steps: STEPS.slice(0, -1), lines: [] })
    assert.equal(host.verbs().at(-1), 'main-1 acknowledge')
  })

  it('is not in a hurry: an end after the deadline is an end', async () => {
    const { ended } = await followed(fakeHost({ play: WELL }), { deadline: 0 })
    assert.equal(ended, true)
  })

  it('gives a host up that is not found again in time', async () => {
    const host = fakeHost({
      play: async (played) => {
        await played.tell('web', 'starting', '4')
        host.reachable = false
        host.lose()
        await sleep(1000)
      },
    })
    const { ended, steps, lines } = await followed(host, { deadline: Date.now() + 100 })
    assert.deepEqual([ended, steps, lines.length], [false, ['starting'], 1])
    assert.match(lines[0] ?? '', /the connection was lost; looking for it until/)
  })

  it('finds a host again as often as it is lost, and says it once', async () => {
    const host = fakeHost({
      play: async (played) => {
        for (const step of ['starting', 'checking', 'active'] as const) {
          await played.tell('web', step, '4')
          host.lose()
        }
        await sleep(700)
        host.lose()
        await played.tell('web', 'done', '4')
      },
    })
    const { ended, steps, lines } = await followed(host)
    assert.deepEqual([ended, steps, lines.length], [true, STEPS, 1])
  })

  it('asks again for what is missing', async () => {
    const host = fakeHost({ play: WELL })
    const { login } = host
    let dropped = false
    host.login = async (kind) => {
      const real = await login(kind)
      const onEvent: typeof real.agent.onEvent = (listener) =>
        real.agent.onEvent((told) => {
          if (told.seq === 1 && !dropped) dropped = true
          else listener(told)
        })
      return { ...real, agent: { ...real.agent, onEvent } }
    }
    const { ended, steps } = await followed(host)
    assert.deepEqual([dropped, ended, steps], [true, true, STEPS])
  })

  it('knows no end where the host has forgotten the activation', async () => {
    const host = fakeHost({
      play: async (played) => {
        await played.tell('web', 'starting', '4')
        const login = await host.login('main')
        await login.agent.call('acknowledge', { id: ID })
        login.close()
        host.lose()
        await new Promise(() => undefined)
      },
    })
    const { ended, steps } = await followed(host)
    assert.deepEqual([ended, steps], [false, ['starting']])
  })
})
