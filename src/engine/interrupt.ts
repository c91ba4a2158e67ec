import { ExitCode, SlipwayError } from '../errors.js'

/**
 * Ctrl-C, SIGTERM and a closed terminal as a signal that work can look at, so that it ends cleanly instead of being
 * cut off. A second Ctrl-C ends the program at once.
 */
export function onInterrupt(): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted)
    controller.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop)
  return controller.signal
}

/** Thrown where work stops because the user asked for it, before anything was changed. */
export function interrupted(): SlipwayError {
  return new SlipwayError({
    what: 'stopped on request',
    still: 'Nothing was changed on any host.',
    code: ExitCode.interrupted,
  })
}

/** Resolves or rejects with the work, or rejects as soon as the user asks to stop. */
export function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) return Promise.reject(interrupted())
  return new Promise((resolve, reject) => {
    const stop = () => reject(interrupted())
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
