import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveHost } from '../../src/config/resolve.js'
import { type Following, followToEnd } from '../../src/engine/follow.js'
import { SlipwayError } from '../../src/errors.js'
import type { FollowEnd, OnEvent } from '../../src/remote/activation.js'
import { ConnectionLost } from '../../src/remote/connection.js'
import type { HostEvent } from '../../src/remote/verbs.js'
import { recorded } from './recorded.js'

/** Nobody listens there: looks at it fail at once. */
const HOST = resolveHost('nixie', { ssh: '127.0.0.1', options: ['-p', '1', '-F', 'none'] })
/** Long past: nothing is looked for any more. */
const PAST = 1000
const LOST = new ConnectionLost({ what: 'nixie was lost' })
const LOST_LINE =
  /^nixie: the connection was lost; looking for it until \d\d:\d\d:\d\d\. Unconfirmed, the host puts back what was there by itself$/

const EVENTS: HostEvent[] = (['starting', 'checking', 'active', 'done'] as const).map((step) => ({
  item: 'web',
  step,
  detail: '4',
}))

interface Followed {
  ended: boolean
  events: HostEvent[]
  lines: string[]
}

/** Follows what `begin` does. */
async function followed(
  begin: (onEvent: OnEvent) => Promise<FollowEnd>,
  own: Partial<Following> = {},
): Promise<Followed> {
  const { lines, terminal } = recorded()
  const events: HostEvent[] = []
  const signal = new AbortController().signal
  const following = { host: HOST, id: 'abc', deadline: PAST, terminal, signal, ...own }
  const ended = await followToEnd(following, begin, (event) => events.push(event))
  return { ended, events, lines }
}

/** Tells all events, then ends in some way. */
function telling(end: () => FollowEnd): (onEvent: OnEvent) => Promise<FollowEnd> {
  return async (onEvent) => {
    for (const event of EVENTS) {
      await Promise.resolve()
      onEvent(event)
    }
    return end()
  }
}

function fail(error: Error): () => never {
  return () => {
    throw error
  }
}

describe('followToEnd', () => {
  it('tells each event once, in order, to the end', async () => {
    assert.deepEqual(await followed(telling(() => 'ended')), { ended: true, events: EVENTS, lines: [] })
  })

  it('is not in a hurry: an end after the deadline is an end', async () => {
    const { ended } = await followed(async () => 'ended', { deadline: 0 })
    assert.equal(ended, true)
  })

  for (const error of [new SlipwayError({ what: 'the lock is held' }), new TypeError('a defect')]) {
    it(`fails as the beginning does where nothing had begun: ${error.name}`, async () => {
      await assert.rejects(
        followed(async () => fail(error)()),
        error,
      )
    })
  }

  for (const [what, end] of [
    ['the connection is cut off', fail(LOST)],
    ['it ends in between', () => 'lost' as const],
    ['it fails after events had come', fail(new SlipwayError({ what: 'a full disk' }))],
  ] as const) {
    it(`says that it looks for the host where ${what}, until the deadline`, async () => {
      const { ended, events, lines } = await followed(telling(end))
      assert.deepEqual([ended, events, lines.length], [false, EVENTS, 1])
      assert.match(lines[0] ?? '', LOST_LINE)
    })
  }

  it('is lost where the connection is cut off before the first event', async () => {
    const { ended, events, lines } = await followed(async () => fail(LOST)())
    assert.deepEqual([ended, events, lines.length], [false, [], 1])
  })

  it('goes on looking for a host that can’t be reached, and says it once', async () => {
    const { ended, events, lines } = await followed(telling(fail(LOST)), { deadline: Date.now() + 100 })
    assert.deepEqual([ended, events, lines.length], [false, EVENTS, 1])
  })

  it('looks for the host where the user asks to stop', async () => {
    const controller = new AbortController()
    const begin = (onEvent: OnEvent) => {
      for (const event of EVENTS) onEvent(event)
      controller.abort()
      return new Promise<never>(() => {})
    }
    const { ended, events, lines } = await followed(begin, {
      signal: controller.signal,
      deadline: Date.now() + 100,
    })
    assert.deepEqual([ended, events], [false, EVENTS])
    assert.deepEqual(lines, ['nixie: stopping, and putting back what was there'])
  })

  it('still tells what the beginning tells after the user asked to stop', async () => {
    const controller = new AbortController()
    const begin = async (onEvent: OnEvent): Promise<FollowEnd> => {
      const [first, ...others] = EVENTS
      assert.ok(first)
      onEvent(first)
      controller.abort()
      await Promise.resolve()
      for (const event of others) onEvent(event)
      return 'lost'
    }
    const { events } = await followed(begin, { signal: controller.signal, deadline: Date.now() + 100 })
    assert.deepEqual(events, EVENTS)
  })
})
