import { follow, undo } from '../host/activation.js'
import { type Connection, connect } from '../host/connection.js'
import type { HostEvent } from '../host/verbs.js'
import { eventText } from '../ui/event-text.js'
import type { Terminal } from '../ui/terminal.js'
import type { Activated } from './activate.js'
import { outcomeOf } from './outcome.js'
import type { Session } from './session.js'
import { type Settled, settle } from './settle.js'
import { whoAmI } from './who.js'

interface HostResult {
  session: Session
  host: Session['host']
  result: Settled<Activated>
}

/** The hosts keep what they would put back until all of them are known to be good; then they are told to, or not to. */
export async function endTogether(results: readonly HostResult[], terminal: Terminal): Promise<HostResult[]> {
  const good = results.every(
    ({ result }) =>
      result.ok &&
      result.value.outcomes.every((one) => one.result === 'deployed' || one.result === 'unchanged'),
  )
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
      if (!undone.ok || !undone.value) return one
      return { ...one, result: { ok: true as const, value: undone.value } }
    }),
  )
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
  if (!outcomes.some(({ result }) => result === 'deployed')) return forget(connection, id)
  const reason = 'another host of this deploy failed, and it was to be all or nothing'
  const systems = outcomes.filter(({ kind }) => kind === 'system').map(({ name }) => name)
  const events: HostEvent[] = []
  const ended = await undo(connection, id, whoAmI(), reason, (event) => {
    events.push(event)
    const text = eventText(event, systems)
    if (text && (event.step === 'reverted' || event.step === 'revert-failed')) {
      terminal.line(`${host.name}: ${text}`)
    }
  })
  return {
    id,
    outcomes: outcomes.map((one) =>
      one.result === 'deployed'
        ? outcomeOf(
            host.name,
            { ...one, to: one.release ?? '', expected: one.previous },
            events,
            ended === 'ended',
          )
        : one,
    ),
  }
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
