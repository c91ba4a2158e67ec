import type { HostConfig } from '../../config/resolved.js'
import { CallFailed } from '../../contract/failure.js'
import { SlipwayError } from '../../errors.js'
import { ConnectionLost } from '../../remote/connection.js'
import type { Login } from '../../remote/login.js'
import { hostError } from '../host-error.js'
import { interrupted } from '../interrupt.js'

/** Whether a host said that it has no such activation. */
export function isGone(error: unknown): boolean {
  return error instanceof CallFailed && error.failure.kind === 'gone'
}

/**
 * The error for a host that itself has said that it did not begin; undefined: a connection that was lost says nothing
 * of that.
 */
export function refusal(host: HostConfig, login: Login, error: unknown, stopped: boolean): unknown {
  if (error instanceof ConnectionLost) return undefined
  if (stopped) return interrupted(`on ${host.name}`)
  return error instanceof CallFailed ? hostError(login, error.failure) : error
}

/** The error for a host that is there again, and knows nothing of an activation that was being sent to it. */
export function neverBegan(host: HostConfig, cause: unknown, stopped: boolean): SlipwayError {
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
