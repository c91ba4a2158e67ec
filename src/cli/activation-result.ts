import type { Config } from '../config/resolved.js'
import type { ExitCode } from '../contract/exit-codes.js'
import { type ActivationResult, exitCodeOf } from '../engine/result.js'
import type { Cli } from './cli.js'
import { failuresJson, tellFailures } from './failures.js'
import { resultText } from './text/result-text.js'

/** Prints what came of activations; gives the exit code that goes with it. */
export function showActivationResult(
  { terminal, print, printJson }: Cli,
  { services }: Config,
  result: ActivationResult,
  { json, stopped }: { json: boolean; stopped: boolean },
): ExitCode {
  if (json) printJson({ ...result, failures: failuresJson(result.failures) })
  else {
    tellFailures(terminal, result.failures)
    if (result.outcomes.length > 0) print(resultText(result, services))
  }
  return exitCodeOf(result, stopped)
}
