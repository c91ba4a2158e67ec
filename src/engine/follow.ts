import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../cli/text/terminal.js'
import type { HostConfig } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { abort, type FollowEnd, follow, type OnEvent } from '../remote/activation.js'
import { ConnectionLost, connect } from '../remote/connection.js'
import type { HostEvent } from '../remote/verbs.js'
import { unlessInterrupted } from './interrupt.js'
import { type Settled, settle } from './settle.js'

/** The pause before a host that was lost is tried again. */
const RECONNECT_MS = 500

/** What is known of an activation on a host. */
export interface Following {
  host: HostConfig
  id: string
  /** When the host must have ended it by itself, by `Date.now()`. */
  deadline: number
  terminal: Terminal
  signal: AbortSignal
}

/**
 * Sees an activation through to its end: `begin` starts it; when the connection is lost it is looked for again
 * over new ones, and when the user asks to stop the host is told. Events come once each, in order.
 * Resolves to whether the host has told the end.
 * @throws what `begin` throws, where nothing has begun on the host.
 */
export async function followToEnd(
  { host, id, deadline, terminal, signal }: Following,
  begin: (onEvent: OnEvent) => Promise<FollowEnd>,
  onEvent: OnEvent,
): Promise<boolean> {
  let known = 0
  /** Whoever looks sees the same list: what somebody has told already is passed over. */
  const from = (first: number): OnEvent => {
    let at = first
    return (event: HostEvent) => {
      if (at === known) {
        known += 1
        onEvent(event)
      }
      at += 1
    }
  }
  const first = settle(begin(from(0)))
  const stopped = await settle(unlessInterrupted(signal, first))
  let result: Settled<FollowEnd> = stopped.ok ? stopped.value : { ok: true, value: 'lost' }
  if (!stopped.ok) terminal.line(`${host.name}: stopping, and putting back what was there`)
  else if (result.ok && result.value === 'lost') terminal.line(lostText(host, deadline))
  else if (!result.ok) {
    if (!(result.error instanceof ConnectionLost) && known === 0) throw result.error
    terminal.line(lostText(host, deadline))
  }
  while (!(result.ok && result.value === 'ended')) {
    if (Date.now() > deadline) return false
    if (result.ok && result.value === 'gone') {
      // Either it never arrived, or the first look has seen its end.
      const begun = await first
      if (!begun.ok && known === 0) {
        throw begun.error instanceof ConnectionLost ? neverBegan(host, begun.error) : begun.error
      }
      return begun.ok && begun.value === 'ended'
    }
    const stopping = signal.aborted
    const look = settle(lookAgain(host, id, known, stopping, from(known)))
    const seen = stopping
      ? { ok: true as const, value: await look }
      : await settle(unlessInterrupted(signal, look))
    result = seen.ok ? seen.value : { ok: true, value: 'lost' }
    if (!result.ok || result.value === 'lost') await sleep(RECONNECT_MS)
  }
  return true
}

function lostText(host: HostConfig, deadline: number): string {
  const until = new Date(deadline).toTimeString().slice(0, 8)
  return `${host.name}: the connection was lost; looking for it until ${until}. Unconfirmed, the host puts back what was there by itself`
}

/** The host is there again, and knows nothing of it. */
function neverBegan(host: HostConfig, cause: ConnectionLost): SlipwayError {
  return new SlipwayError(
    {
      what: `the connection to ${host.name} was lost before all had arrived`,
      still: 'Nothing was changed there.',
      next: 'Run the command again: it can be reached now.',
    },
    { cause },
  )
}

/** Over a new login: Ctrl-C ends every process of the terminal, ssh included. */
async function lookAgain(
  host: HostConfig,
  id: string,
  known: number,
  stopping: boolean,
  onEvent: OnEvent,
): Promise<FollowEnd> {
  const again = await connect(host)
  try {
    return stopping
      ? await abort(again, id, known, 'stopped on request', onEvent)
      : await follow(again, id, known, onEvent)
  } finally {
    again.close()
  }
}
