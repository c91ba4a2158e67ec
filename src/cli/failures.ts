import { ExitCode } from '../contract/exit-codes.js'
import type { HostFailure } from '../engine/result.js'
import { errorText } from './text/error-text.js'
import type { Terminal } from './text/terminal.js'

/** Tells of hosts that failed, each error once: a build that fails, fails for every host. */
export function tellFailures(terminal: Terminal, failures: readonly HostFailure[]): void {
  for (const error of new Set(failures.map((failure) => failure.error))) terminal.error(errorText(error))
}

/** The same, with the exit code that goes with it. */
export function failuresCode(terminal: Terminal, failures: readonly HostFailure[]): ExitCode {
  tellFailures(terminal, failures)
  return failures.length > 0 ? ExitCode.failed : ExitCode.ok
}

/** Failures as data. */
export function failuresJson(failures: readonly HostFailure[]) {
  return failures.map(({ host, error }) => ({ host, error: error.message }))
}
