import { randomBytes } from 'node:crypto'
import type { HostConfig } from '../config/resolved.js'
import { type Connection, connect } from '../host/connection.js'
import { abort, apply, type HostEvent } from '../host/verbs.js'
import type { Terminal } from '../ui/terminal.js'
import type { Activation } from './bundle.js'
import { unlessInterrupted } from './interrupt.js'
import { type Outcome, outcomeOf } from './outcome.js'
import { settle } from './settle.js'
import { whoAmI } from './who.js'

/** Has a host activate releases and follows it to the end, also when the user asks to stop. */
export async function activate(
  session: { host: HostConfig; connection: Connection },
  activations: readonly Activation[],
  archive: Uint8Array,
  what: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { host, connection } = session
  const id = randomBytes(8).toString('hex')
  const events: HostEvent[] = []
  const onEvent = (event: HostEvent) => {
    events.push(event)
    const text = eventText(event)
    if (text) terminal.line(`${host.name}: ${text}`)
  }
  const work = apply(connection, { id, who: whoAmI(), what, archive }, onEvent)
  const ended = await settle(unlessInterrupted(signal, work))
  if (ended.ok) return activations.map((item) => outcomeOf(host.name, item, events))
  if (!signal.aborted) throw ended.error
  terminal.line(`${host.name}: stopping, and putting back what was there`)
  await stopActivation(host, id, onEvent)
  return activations.map((item) => outcomeOf(host.name, item, events))
}

/** Ctrl-C ends every process of the terminal, ssh included: the request to stop takes a new login. */
async function stopActivation(
  host: HostConfig,
  id: string,
  onEvent: (event: HostEvent) => void,
): Promise<void> {
  const connection = await connect(host)
  try {
    await abort(connection, id, onEvent)
  } finally {
    connection.close()
  }
}

function eventText({ service, step, detail }: HostEvent): string | undefined {
  switch (step) {
    case 'starting':
      return `${service}: starting release ${detail}`
    case 'checking':
      return `${service}: checking its health`
    case 'done':
      return `${service}: release ${detail} serves`
    case 'refused':
    case 'failed':
      return `${service}: ${step}: ${detail}`
    case 'reverted':
      return detail ? `${service}: release ${detail} serves again` : `${service}: nothing serves, as before`
    case 'revert-failed':
      return `${service}: putting back ${detail}`
    case 'recovering':
      return `${service}: undoing release ${detail}, which an earlier deploy left half done`
    case 'journal':
      return undefined
  }
}
