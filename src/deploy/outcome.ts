import { ExitCode, SlipwayError } from '../errors.js'
import type { HostEvent } from '../host/verbs.js'
import type { Settled } from './settle.js'

/** How a service's part of a deploy ended on one host. */
export interface Outcome {
  host: string
  service: string
  result: 'deployed' | 'unchanged' | 'failed'
  /** The release that was wanted. */
  release: number
  /** The release that served before; null for none. */
  previous: number | null
  /** The release that serves now; null for none. */
  serving: number | null
  reason: string | null
  /** The service's last lines, where it failed. */
  journal: string | null
}

/** A host that could not be worked on at all. */
export interface HostFailure {
  host: string
  error: Error
}

/** Everything that came of a command on several hosts. */
export interface DeployResult {
  outcomes: Outcome[]
  failures: HostFailure[]
}

/** What the host's events say of one service. */
export function outcomeOf(
  host: string,
  activation: { service: string; to: number; expected: number | null },
  events: readonly HostEvent[],
): Outcome {
  const own = events.filter(({ service }) => service === activation.service)
  const detail = (step: HostEvent['step']) => own.find((event) => event.step === step)?.detail ?? null
  const base = {
    host,
    service: activation.service,
    release: activation.to,
    previous: activation.expected,
    journal: detail('journal'),
  }
  if (own.some(({ step }) => step === 'done')) {
    return { ...base, result: 'deployed', serving: activation.to, reason: null }
  }
  const reason = detail('refused') ?? detail('failed') ?? 'its activation was killed on the host'
  const brokenRevert = detail('revert-failed')
  return {
    ...base,
    result: 'failed',
    serving: brokenRevert ? null : activation.expected,
    reason: brokenRevert ? `${reason}; putting back the old one failed too: ${brokenRevert}` : reason,
  }
}

/** The exit code that tells how it went. */
export function exitCodeOf({ outcomes, failures }: DeployResult, stopped: boolean): ExitCode {
  if (stopped) return ExitCode.interrupted
  const codes = failures.map(({ error }) => (error instanceof SlipwayError ? error.code : ExitCode.bug))
  if (codes.includes(ExitCode.bug)) return ExitCode.bug
  if (outcomes.some(({ result }) => result === 'failed')) return ExitCode.failed
  return codes[0] ?? ExitCode.ok
}

/** Outcomes and failures of several hosts as one result. */
export function collectResults(
  results: { host: { name: string }; result: Settled<Outcome[]> }[],
): DeployResult {
  const collected: DeployResult = { outcomes: [], failures: [] }
  for (const { host, result } of results) {
    if (result.ok) collected.outcomes.push(...result.value)
    else {
      const error = result.error instanceof Error ? result.error : new Error(String(result.error))
      collected.failures.push({ host: host.name, error })
    }
  }
  return collected
}
