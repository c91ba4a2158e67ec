import { setTimeout as sleep } from 'node:timers/promises'
import type { HostConfig } from '../../config/resolved.js'
import type { Login } from '../../remote/login.js'
import type { Engine } from '../engine.js'
import { loginTo, uninterrupted } from '../login.js'
import { type Settled, settle } from '../settle.js'
import type { EventLog } from './event-log.js'
import { type Feed, feedOf } from './feed.js'
import { isGone, neverBegan, refusal } from './not-begun.js'

/** The pause before a host that was lost is tried again. */
const RECONNECT_MS = 500

const STOPPED = 'stopped on request'

/** An activation that is followed. */
export interface Following {
  host: HostConfig
  id: string
  log: EventLog
  /** When the host must have ended it by itself, by `Date.now()`. */
  deadline: number
  /** Whether the host is to keep its record beyond the end. */
  keep: boolean
  /** The feed over which it was begun, and whether the host took the request. */
  first: Feed
  begun: Promise<Settled<unknown>>
}

/** Where the deployer stands with an activation under way. `stopped`: the host was, or is to be, told to stop. */
type State =
  /** Events come. */
  | { at: 'following'; feed: Feed; stopped: boolean }
  /** The host is told to stop. */
  | { at: 'stopping'; feed: Feed }
  /** It is looked for over new logins. */
  | { at: 'lost'; stopped: boolean }
  /** The host has told all that matters. */
  | { at: 'ended'; feed: Feed }
  /** The host knows nothing of it. */
  | { at: 'gone'; stopped: boolean }
  /** The host was not found again in time. */
  | { at: 'given-up' }

/**
 * Sees an activation through to its end: when the connection is lost the host is looked for over new ones, and when
 * the work is to stop the host is told. Resolves to whether the host has told the end.
 * @throws SlipwayError where nothing has begun on the host.
 */
export async function followToEnd(engine: Engine, following: Following): Promise<boolean> {
  const { host, deadline, first } = following
  let state: State = { at: 'following', feed: first, stopped: false }
  let wasLost = false
  for (;;) {
    const next: State | boolean = await step(engine, following, state)
    if (typeof next === 'boolean') return next
    if (next.at === 'lost' && !wasLost) {
      // Once: nobody need hear of each try.
      if (!next.stopped) engine.tell({ type: 'lost', host: host.name, until: deadline })
      wasLost = true
    }
    state = next
  }
}

async function step(engine: Engine, following: Following, state: State): Promise<State | boolean> {
  const { host, id, log, begun } = following
  switch (state.at) {
    case 'following':
      return follow(engine, following, state.feed, state.stopped)
    case 'stopping':
      await stop(engine, following, state.feed.login)
      return { at: 'following', feed: state.feed, stopped: true }
    case 'lost':
      return look(engine, following, state.stopped)
    case 'ended':
      if (!following.keep) await settle(state.feed.login.agent.call('acknowledge', { id }))
      leave(following, state.feed)
      return true
    case 'gone': {
      const result = await begun
      if (!result.ok && log.events.length === 0) throw neverBegan(host, result.error, state.stopped)
      return false
    }
    case 'given-up':
      return false
  }
}

/** Waits for the end, or whatever keeps it from coming over this login. */
async function follow(engine: Engine, following: Following, feed: Feed, stopped: boolean): Promise<State> {
  const { host, log, first, begun } = following
  const refused = new AbortController()
  const isFirst = feed === first
  if (isFirst) void begun.then(({ ok }) => ok || refused.abort())
  const until = AbortSignal.any([feed.broken, refused.signal, ...(stopped ? [] : [engine.signal])])
  // A record that is kept is asked about once more, so it has to be whole.
  if (await log.until(() => log.has(following.keep ? 'ended' : 'done'), until)) return { at: 'ended', feed }
  if (refused.signal.aborted && log.events.length === 0) {
    const result = await begun
    const error = result.ok ? undefined : refusal(host, feed.login, result.error, stopped)
    if (error !== undefined) throw error
  }
  // Also where Ctrl-C has ended the login: then the host hears of it over the next.
  if (!stopped && engine.signal.aborted) return { at: 'stopping', feed }
  leave(following, feed)
  return { at: 'lost', stopped }
}

async function stop(engine: Engine, { host, id, begun }: Following, { agent }: Login): Promise<void> {
  engine.tell({ type: 'stopping', host: host.name })
  const asked = await settle(agent.call('abort', { id, reason: STOPPED }))
  // What was still being sent is known to the host only when it is there.
  if (!asked.ok && isGone(asked.error) && (await begun).ok) {
    await settle(agent.call('abort', { id, reason: STOPPED }))
  }
}

/** Looks for a lost host over a new login. */
async function look(engine: Engine, following: Following, stopped: boolean): Promise<State> {
  const { host, id, log, deadline } = following
  if (Date.now() > deadline) return { at: 'given-up' }
  const found = await settle(loginTo(stopped ? uninterrupted(engine) : engine, host))
  if (!stopped && engine.signal.aborted) {
    if (found.ok) found.value.close()
    engine.tell({ type: 'stopping', host: host.name })
    return { at: 'lost', stopped: true }
  }
  if (found.ok) {
    const feed = feedOf(found.value, following)
    const asked = await settle(resume(found.value, id, log.events.length, stopped))
    if (asked.ok) {
      engine.tell({ type: 'found-again', host: host.name })
      return { at: 'following', feed, stopped }
    }
    leave(following, feed)
    if (isGone(asked.error)) return { at: 'gone', stopped }
  }
  await sleep(RECONNECT_MS)
  return { at: 'lost', stopped }
}

/** Over a new login: what was not told yet comes, and what is to come. */
async function resume({ agent }: Login, id: string, known: number, stopped: boolean): Promise<void> {
  if (stopped) await agent.call('abort', { id, reason: STOPPED })
  await agent.call('follow', { id, known })
}

/** The login over which it was begun is its owner's to close. */
function leave({ first }: Following, feed: Feed): void {
  feed.end()
  if (feed !== first) feed.login.close()
}
