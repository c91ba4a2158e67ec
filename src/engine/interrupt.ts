import { ExitCode, SlipwayError } from '../errors.js'

/** Thrown where work stops because somebody asked for it, before anything was changed. */
export function interrupted(where = 'on any host'): SlipwayError {
  return new SlipwayError({
    what: 'stopped on request',
    still: `Nothing was changed ${where}.`,
    code: ExitCode.interrupted,
  })
}

/** Resolves or rejects with the work, or rejects as soon as it is to stop. */
export function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined)
    return Promise.reject(interrupted())
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(interrupted())
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
