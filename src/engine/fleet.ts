import type { HostConfig } from '../config/resolved.js'
import type { HostEvent } from '../contract/events.js'
import { SlipwayError } from '../errors.js'
import type { Login } from '../remote/login.js'
import { type Activated, subjectOf } from './activation/activate.js'
import { createEventLog, type EventLog } from './activation/event-log.js'
import { feedOf } from './activation/feed.js'
import { type Outcome, outcomeOf } from './activation/outcome.js'
import { ANOTHER_FAILED } from './ballot.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHost, uninterrupted } from './login.js'
import { type Settled, settle } from './settle.js'
import { whoAmI } from './who.js'

/** What is told again of a host whose other events have been told. */
const OF_UNDOING: ReadonlySet<HostEvent['step']> = new Set(['reverted', 'revert-failed', 'left'])

/** How a host's part in a deploy ended. */
export interface Part {
  host: HostConfig
  login: Login
  result: Settled<Activated>
}

/** The hosts keep what they would put back until all of them are known to be good; then they are told to, or not to. */
export async function endTogether(engine: Engine, parts: readonly Part[]): Promise<Part[]> {
  const good = parts.every(({ result }) => isGood(result))
  return Promise.all(
    parts.map(async (part) => {
      const { result } = part
      if (!result.ok || result.value.id === undefined) return part
      const { id, events, outcomes } = result.value
      if (good || !outcomes.some(mayStand)) {
        await settle(overAnyLogin(engine, part, (login) => call(login, 'acknowledge', { id })))
        return part
      }
      const log = createEventLog({
        items: outcomes.length,
        onEvent: (event) => tellUndoing(engine, part.host, outcomes, event),
        known: events,
      })
      const undone = await settle(
        overAnyLogin(engine, part, async (login) => {
          await undo(login, id, log, events.length)
          await settle(call(login, 'acknowledge', { id }))
        }),
      )
      const value = undone.ok
        ? { ...result.value, outcomes: outcomes.map((one) => (mayStand(one) ? again(one, log.events) : one)) }
        : left(result.value, undone.error)
      return { ...part, result: { ok: true, value } }
    }),
  )
}

function tellUndoing(engine: Engine, host: HostConfig, items: readonly Outcome[], event: HostEvent): void {
  if (!OF_UNDOING.has(event.step)) return
  engine.tell({ type: 'host', host: host.name, about: subjectOf(items, event), event })
}

/** Whether a host is known to have all that it was to have. */
export function isGood(result: Settled<Activated>): boolean {
  if (!result.ok) return false
  return result.value.outcomes.every((one) => one.result === 'deployed' || one.result === 'unchanged')
}

/** A host that was lost may have been confirmed nonetheless. */
function mayStand({ result }: Outcome): boolean {
  return result === 'deployed' || result === 'unknown'
}

/** The outcome by all that the host has told, the undoing included. */
function again(one: Outcome, events: readonly HostEvent[]): Outcome {
  return outcomeOf(one.host, { ...one, to: one.release ?? '', from: one.previous }, events, true)
}

/** What there is to say of a host that could not be told to put back what it has. */
function left(activated: Activated, error: unknown): Activated {
  const why = error instanceof Error ? error.message : String(error)
  const outcomes = activated.outcomes.map((one) =>
    one.result === 'deployed'
      ? { ...one, result: 'failed' as const, serving: null, reason: ANOTHER_FAILED, left: why }
      : one,
  )
  return { ...activated, outcomes }
}

/** Has a host take back what it has confirmed. */
async function undo(login: Login, id: string, log: EventLog, before: number): Promise<void> {
  const feed = feedOf(login, { id, log })
  try {
    await call(login, 'undo', { id, who: whoAmI(), reason: ANOTHER_FAILED })
    await call(login, 'follow', { id, known: log.events.length })
    const undone = () => log.events.slice(before).some(({ step }) => step === 'ended')
    if (await log.until(undone, feed.broken)) return
    throw new SlipwayError({ what: `the connection to ${login.host} was lost` })
  } finally {
    feed.end()
  }
}

/** Over the login there is, else over a new one. */
async function overAnyLogin<T>(
  engine: Engine,
  { host, login }: Part,
  work: (login: Login) => Promise<T>,
): Promise<T> {
  const first = await settle(work(login))
  return first.ok ? first.value : onHost(uninterrupted(engine), host, work)
}
