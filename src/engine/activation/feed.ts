import type { Login } from '../../remote/login.js'
import type { EventLog } from './event-log.js'

/** A login over which an activation's events come. */
export interface Feed {
  login: Login
  /** Aborted when no more can come over it. */
  broken: AbortSignal
  /** Stops listening. */
  end(): void
}

/** Listens for an activation's events over a login. */
export function feedOf(login: Login, { id, log }: { id: string; log: EventLog }): Feed {
  const broken = new AbortController()
  const end = login.agent.onEvent((told) => {
    if (told.id === id && !log.add(told.seq, told.event)) broken.abort()
  })
  void login.agent.closed.then(() => broken.abort())
  return { login, broken: broken.signal, end }
}
