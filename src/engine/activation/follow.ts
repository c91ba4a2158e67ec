import { setTimeout as sleep } from 'node:timers/promises'
import type { HostConfig } from '../../config/resolved.js'
import { CallFailed } from '../../contract/failure.js'
import { SlipwayError } from '../../errors.js'
import { ConnectionLost } from '../../remote/connection.js'
import type { Login } from '../../remote/login.js'
import type { Engine } from '../engine.js'
import { hostError } from '../host-error.js'
import { interrupted } from '../interrupt.js'
import { loginTo, uninterrupted } from '../login.js'
import { type Settled, settle } from '../settle.js'
import { type EventLog, phaseOf } from './event-log.js'

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
}

/** A login over which an activation's events come. */
export interface Feed {
  login: Login
  /** Aborted when no more can come over it. */
  broken: AbortSignal
  end(): void
}

/** Listens for an activation's events over a login. */
export function feedOf(login: Login, { id, log }: Pick<Following, 'id' | 'log'>): Feed {
  const broken = new AbortController()
  const end = login.agent.onEvent((told) => {
    if (told.id === id && !log.add(told.seq, told.event)) broken.abort()
  })
  void login.agent.closed.then(() => broken.abort())
  return { login, broken: broken.signal, end }
}

/** Where the deployer stands with an activation under way. */
type State =
  /** Events come. `stopped`: the host was told to stop. */
  | { at: 'following'; feed: Feed; stopped: boolean }
  | { at: 'stopping'; feed: Feed }
  /** It is looked for over new logins. */
  | { at: 'lost'; stopped: boolean }
  | End
/** `gone`: the host knows nothing of it. `unknown`: the host was not found again in time. */
type End = { at: 'ended'; feed: Feed } | { at: 'gone'; stopped: boolean } | { at: 'unknown' }

/**
 * Sees an activation through to its end, which `begun` began over a feed: when the connection is lost the host is
 * looked for over new ones, and when the work is to stop the host is told.
 * Resolves to whether the host has told the end.
 * @throws what `begun` failed with, where nothing has begun on the host.
 */
export async function followToEnd(
  engine: Engine,
  following: Following,
  first: Feed,
  begun: Promise<Settled<unknown>>,
): Promise<boolean> {
  const { host, id, log, keep, deadline } = following
  const failed = new AbortController()
  void begun.then((result) => {
    if (!result.ok) failed.abort()
  })
  let told = false
  const lost = (stopped: boolean): State => {
    if (!told && !stopped) engine.tell({ type: 'lost', host: host.name, until: deadline })
    told = true
    return { at: 'lost', stopped }
  }
  /** Once: the user need not hear of each try. */
  const leave = (feed: Feed) => {
    feed.end()
    if (feed !== first) feed.login.close()
  }

  const follow = async (feed: Feed, stopped: boolean): Promise<State> => {
    const stops = [
      feed.broken,
      ...(feed === first ? [failed.signal] : []),
      ...(stopped ? [] : [engine.signal]),
    ]
    if (await log.until((events) => phaseOf(events, 0) === 'ended', AbortSignal.any(stops))) {
      return { at: 'ended', feed }
    }
    if (feed === first && failed.signal.aborted) {
      const result = await begun
      if (!result.ok && log.events.length === 0) throwUnlessLost(host, feed.login, result.error, stopped)
    }
    if (feed.broken.aborted || failed.signal.aborted) {
      leave(feed)
      return lost(stopped || engine.signal.aborted)
    }
    return { at: 'stopping', feed }
  }

  const stop = async (feed: Feed): Promise<State> => {
    engine.tell({ type: 'stopping', host: host.name })
    const asked = await settle(feed.login.agent.call('abort', { id, reason: STOPPED }))
    // What was still being sent is known to the host only when it is there.
    if (!asked.ok && isGone(asked.error) && (await begun).ok) {
      await settle(feed.login.agent.call('abort', { id, reason: STOPPED }))
    }
    return { at: 'following', feed, stopped: true }
  }

  const look = async (stopped: boolean): Promise<State> => {
    if (Date.now() > deadline) return { at: 'unknown' }
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
      leave(feed)
      if (isGone(asked.error)) return { at: 'gone', stopped }
    }
    await sleep(RECONNECT_MS)
    return { at: 'lost', stopped }
  }

  let state: State = { at: 'following', feed: first, stopped: false }
  for (;;) {
    switch (state.at) {
      case 'following':
        state = await follow(state.feed, state.stopped)
        break
      case 'stopping':
        state = await stop(state.feed)
        break
      case 'lost':
        state = await look(state.stopped)
        break
      case 'ended':
        if (!keep) await settle(state.feed.login.agent.call('acknowledge', { id }))
        leave(state.feed)
        return true
      case 'gone': {
        const result = await begun
        if (!result.ok && log.events.length === 0) throw neverBegan(host, result.error, state.stopped)
        return false
      }
      case 'unknown':
        return false
    }
  }
}

function isGone(error: unknown): boolean {
  return error instanceof CallFailed && error.failure.kind === 'gone'
}

/** Over a new login: what was not told yet comes, and what is to come. */
async function resume(login: Login, id: string, known: number, stopped: boolean): Promise<void> {
  if (stopped) await login.agent.call('abort', { id, reason: STOPPED })
  await login.agent.call('follow', { id, known })
}

/** The host itself has said that it did not begin; a connection that was lost says nothing of that. */
function throwUnlessLost(host: HostConfig, login: Login, error: unknown, stopped: boolean): void {
  if (error instanceof ConnectionLost) return
  if (stopped) throw interrupted(`on ${host.name}`)
  throw error instanceof CallFailed ? hostError(login, error.failure) : error
}

/** The host is there again, and knows nothing of it. */
function neverBegan(host: HostConfig, cause: unknown, stopped: boolean): SlipwayError {
  if (stopped) return interrupted(`on ${host.name}`)
  return new SlipwayError(
    {
      what: `the connection to ${host.name} was lost before all had arrived`,
      still: 'Nothing was changed there.',
      next: 'Run the command again: it can be reached now.',
    },
    { cause },
  )
}
