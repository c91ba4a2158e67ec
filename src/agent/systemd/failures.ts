import { CallFailed, failed } from '../../contract/failure.js'
import { Refusal } from './dbus/connection.js'
import { SYSTEMD } from './link.js'

/** The work, or what systemd did not do; `what` follows "systemd did not". What stops the waiting stays as it is. */
export async function orFailed<T>(what: string, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (signal?.aborted && error === signal.reason) throw error
    const why = error instanceof Error ? error.message : String(error)
    const failure = failed(`systemd did not ${what}`, {
      why,
      ...(!(error instanceof Refusal) && { next: 'See whether systemd and D-Bus work on the host' }),
    })
    failure.cause = error
    throw failure
  }
}

/** systemd's name for why it refused, as `org.freedesktop.systemd1.NoSuchUnit`; undefined for other errors. */
export function refusalOf(error: unknown): string | undefined {
  const cause = error instanceof CallFailed ? error.cause : undefined
  return cause instanceof Refusal ? cause.errorName : undefined
}

/** Whether systemd refused because it has no such unit. */
export function isNoSuchUnit(error: unknown): boolean {
  return refusalOf(error) === `${SYSTEMD}.NoSuchUnit`
}
