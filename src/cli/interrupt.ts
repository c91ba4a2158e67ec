import { ExitCode } from '../contract/exit-codes.js'

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
