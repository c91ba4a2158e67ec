import { randomBytes } from 'node:crypto'
import type { HostConfig } from '../../config/resolved.js'
import type { HostEvent } from '../../contract/events.js'
import type { Login } from '../../remote/login.js'
import type { Engine } from '../engine.js'
import { settle } from '../settle.js'
import type { SpareLogin } from '../spare-login.js'
import type { Activation } from './activation.js'
import { confirmWhenGood } from './confirm.js'
import { createEventLog } from './event-log.js'
import { feedOf } from './feed.js'
import { followToEnd } from './follow.js'
import { guardSettings, patienceMs } from './guard.js'
import { loginTime } from './login-time.js'
import { type Outcome, outcomeOf } from './outcome.js'
import { sendRequest } from './request.js'

/** How long after the host must have decided by itself a lost deployer still asks: reverts take their time too. */
const REVERT_SLACK_MS = 60_000

/** A host that is logged in to. */
export interface Reached {
  host: HostConfig
  login: Login
  /** Made ahead for the confirmation. */
  spare?: SpareLogin | undefined
}

/** How an activation ended, as far as its host could tell. */
export interface Activated {
  /** undefined: nothing had to be done. */
  id: string | undefined
  /** What its host has told. */
  events: readonly HostEvent[]
  outcomes: Outcome[]
}

/** Nothing had to be done. */
export function nothingToDo(outcomes: Outcome[]): Activated {
  return { id: undefined, events: [], outcomes }
}

/**
 * Has a host activate releases under its guard, confirms over a new login when all is well, and follows it
 * to the end.
 * @throws SlipwayError where the host did not begin with it.
 */
export async function activate(
  engine: Engine,
  { host, login, spare }: Reached,
  activation: Activation,
): Promise<Activated> {
  const id = randomBytes(8).toString('hex')
  const nonce = randomBytes(16).toString('hex')
  const guard = guardSettings(activation)
  const items = activation.items.map(({ item }) => item)
  const log = createEventLog({
    items: items.length,
    onEvent: (event) => engine.tell({ type: 'host', host: host.name, about: subjectOf(items, event), event }),
  })
  const feed = feedOf(login, { id, log })
  const begun = settle(sendRequest(login, activation, { id, nonce, guard }))
  const time = await loginTime(engine, host, activation)
  if (time.when !== 'at-once') spare?.close()
  const over = new AbortController()
  const confirming = confirmWhenGood(
    engine,
    { host, login, spare, id, nonce, activation, log, time, patienceMs: patienceMs(guard), begun },
    over.signal,
  )
  const deadline = Date.now() + guard.activateMs + patienceMs(guard) + REVERT_SLACK_MS
  const following = { host, id, log, deadline, keep: guard.policy === 'all', first: feed, begun }
  const ended = await followToEnd(engine, following).finally(() => {
    over.abort()
    return confirming
  })
  return {
    id,
    events: log.events,
    outcomes: activation.items.map(({ item, from }) =>
      outcomeOf(host.name, { ...item, from }, log.events, ended),
    ),
  }
}

/** What an event is about. */
export function subjectOf(
  items: readonly { kind: 'service' | 'system'; name: string }[],
  { item }: Pick<HostEvent, 'item'>,
): 'service' | 'system' | 'activation' {
  return items.find(({ name }) => name === item)?.kind ?? 'activation'
}
