import type { JobEnd } from '../store/jobs.js'
import type { DeployResult } from './output.js'

/** What a deploy said last, as far as it decides how a job ended. */
export interface LastWords {
  /** The `result` line: what `--json` prints. */
  result?: DeployResult | undefined
  /** The `error` line. */
  error?: { what: string; why?: string | undefined } | undefined
}

export interface End {
  state: JobEnd
  reason?: string
  result?: unknown
}

/**
 * How a job ended, by what its process said before it was gone; undefined: it was cut off, and nobody knows.
 * `stopBy`: who wanted it stopped. `touched`: whether a host had begun with it. What was wanted decides nothing: a deploy
 * that was told to stop may have ended well before it heard of it.
 */
export function endOf(
  { result, error }: LastWords,
  { stopBy, superseded, touched }: { stopBy: string | null; superseded: boolean; touched: boolean },
): End | undefined {
  const stopped: End = {
    state: superseded ? 'superseded' : 'cancelled',
    reason: stopBy ?? 'stopped on request',
  }
  if (result) {
    const bad = result.outcomes.filter(
      (outcome) => outcome.result === 'failed' || outcome.result === 'unknown',
    )
    const reasons = [
      ...bad.map(({ name, host, reason }) => `${name} on ${host}: ${reason ?? 'failed'}`),
      ...result.failures.map(({ host, error }) => `${host}: ${error}`),
    ]
    if (reasons.length > 0) {
      return stopBy !== null && !touched ? stopped : { state: 'failed', reason: reasons.join('; '), result }
    }
    const deployed = result.outcomes.some((outcome) => outcome.result === 'deployed')
    return { state: deployed ? 'deployed' : 'unchanged', result }
  }
  if (stopBy !== null && !touched) return stopped
  if (!error) return undefined
  return { state: 'failed', reason: error.why === undefined ? error.what : `${error.what}: ${error.why}` }
}
