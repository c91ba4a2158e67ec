import { eventText } from '../cli/text/event-text.js'
import type { Terminal } from '../cli/text/terminal.js'
import { follow, undo } from '../remote/activation.js'
import { type Connection, connect } from '../remote/connection.js'
import type { HostEvent } from '../remote/verbs.js'
import type { Activated } from './activate.js'
import { ANOTHER_FAILED } from './ballot.js'
import { type Outcome, outcomeOf } from './outcome.js'
import type { Session } from './session.js'
import { type Settled, settle } from './settle.js'
import { whoAmI } from './who.js'

/** What is told again of a host whose other events have been told. */
const OF_UNDOING: ReadonlySet<HostEvent['step']> = new Set(['reverted', 'revert-failed', 'left'])

interface HostResult {
  session: Session
  host: Session['host']
  result: Settled<Activated>
}

/** The hosts keep what they would put back until all of them are known to be good; then they are told to, or not to. */
export async function endTogether(results: readonly HostResult[], terminal: Terminal): Promise<HostResult[]> {
  const good = results.every(({ result }) => isGood(result))
  return Promise.all(
    results.map(async (one) => {
      const { result, session } = one
      const id = result.ok ? result.value.id : undefined
      if (!result.ok || id === undefined) return one
      const undone = await settle(
        overAnyLogin(session, (connection) =>
          good ? forget(connection, id) : takeBack(connection, session, id, result.value, terminal),
        ),
      )
      if (!undone.ok && !good)
        return { ...one, result: { ok: true as const, value: left(result.value, undone.error) } }
      if (!undone.ok || !undone.value) return one
      return { ...one, result: { ok: true as const, value: undone.value } }
    }),
  )
}

/** Whether a host is known to have all that it was to have. */
export function isGood(result: Settled<Activated>): boolean {
  if (!result.ok) return false
  return result.value.outcomes.every((one) => one.result === 'deployed' || one.result === 'unchanged')
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

/** Acknowledges the end, which lets the host drop its record. */
async function forget(connection: Connection, id: string): Promise<undefined> {
  await follow(connection, id, 0, () => undefined)
}

async function takeBack(
  connection: Connection,
  { host }: Session,
  id: string,
  { outcomes }: Activated,
  terminal: Terminal,
): Promise<Activated | undefined> {
  // A host that was lost may have been confirmed nonetheless.
  const standing = ({ result }: Outcome) => result === 'deployed' || result === 'unknown'
  if (!outcomes.some(standing)) return forget(connection, id)
  const systems = outcomes.filter(({ kind }) => kind === 'system').map(({ name }) => name)
  const events: HostEvent[] = []
  const ended = await undo(connection, id, whoAmI(), ANOTHER_FAILED, (event) => {
    events.push(event)
    const text = eventText(event, systems)
    if (text && OF_UNDOING.has(event.step)) terminal.line(`${host.name}: ${text}`)
  })
  const again = (one: Outcome) => {
    const item = { ...one, to: one.release ?? '', expected: one.previous }
    return outcomeOf(host.name, item, events, ended === 'ended')
  }
  return { id, outcomes: outcomes.map((one) => (standing(one) ? again(one) : one)) }
}

/** Over the login there is, else over a new one. */
async function overAnyLogin<T>(session: Session, work: (connection: Connection) => Promise<T>): Promise<T> {
  const first = await settle(work(session.connection))
  if (first.ok) return first.value
  const again = await connect(session.host)
  try {
    return await work(again)
  } finally {
    again.close()
  }
}
