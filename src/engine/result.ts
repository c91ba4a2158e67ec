import { ExitCode, SlipwayError } from '../errors.js'
import type { Outcome } from './activation/outcome.js'
import type { HostResult } from './login.js'

/** A host that could not be worked on at all. */
export interface HostFailure {
  host: string
  error: Error
}

/** Everything that came of a command on several hosts. */
export interface ActivationResult {
  outcomes: Outcome[]
  failures: HostFailure[]
}

/** What hosts gave, and which of them failed. */
export interface Collected<T> {
  values: T[]
  failures: HostFailure[]
}

/** What came of something on several hosts, taken apart. */
export function collect<T>(
  results: readonly { host: Pick<HostResult<T>['host'], 'name'>; result: HostResult<T>['result'] }[],
): Collected<T> {
  const collected: Collected<T> = { values: [], failures: [] }
  for (const { host, result } of results) {
    if (result.ok) collected.values.push(result.value)
    else collected.failures.push({ host: host.name, error: asError(result.error) })
  }
  return collected
}

/** Outcomes and failures of several hosts as one result. */
export function activationResult(results: Parameters<typeof collect<Outcome[]>>[0]): ActivationResult {
  const { values, failures } = collect(results)
  return { outcomes: values.flat(), failures }
}

export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

/** The exit code that tells how it went. */
export function exitCodeOf({ outcomes, failures }: ActivationResult, stopped: boolean): ExitCode {
  if (stopped) return ExitCode.interrupted
  const codes = failures.map(({ error }) => (error instanceof SlipwayError ? error.code : ExitCode.bug))
  if (codes.includes(ExitCode.bug)) return ExitCode.bug
  if (outcomes.some(({ result }) => result === 'failed' || result === 'unknown')) return ExitCode.failed
  return codes[0] ?? ExitCode.ok
}
