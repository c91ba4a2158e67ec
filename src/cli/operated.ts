import type { ExitCode } from '../contract/exit-codes.js'
import type { Operated } from '../engine/operate.js'
import { exitCodeOf } from '../engine/result.js'
import type { Cli } from './cli.js'
import { tellFailures } from './failures.js'

/** Prints what was done on each host; gives the exit code that goes with those that failed. */
export function showOperated<T>(
  { terminal, print }: Cli,
  { done, failures }: Operated<T>,
  text: (done: Operated<T>['done'][number]) => string,
): ExitCode {
  for (const one of done) print(text(one))
  tellFailures(terminal, failures)
  return exitCodeOf({ outcomes: [], failures }, false)
}
