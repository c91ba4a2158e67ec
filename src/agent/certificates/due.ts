import type { Tls } from '../../contract/service.js'
import type { ProblemKind } from './problem.js'
import { type CertificateState, serverOf } from './state.js'
import type { AttemptFailure, Facts } from './state-schema.js'

/**
 * After a failed attempt at an ACME server the next waits this long, and twice as long after each that follows, up to
 * the last: Let's Encrypt allows five failed validations an hour.
 */
const RETRY_FIRST_SECONDS = 3_600
const RETRY_LAST_SECONDS = 86_400
/** The longest time that a server's rate limit may ask for; a time beyond it is that of a clock that jumped. */
const RETRY_LIMIT_SECONDS = 691_200

/** What somebody has asked for: an attempt in spite of a pause; one in spite of a good certificate. */
export type Asked = 'asked' | 'force'

/** Whether a certificate is from where one is wanted from now. */
export function matches(facts: Facts | undefined, tls: Tls): boolean {
  return facts !== undefined && facts.from === tls.from && facts.server === serverOf(tls)
}

/** Whether a certificate that can be made anew is to be. Times are in seconds since 1970. */
export function isDue({ facts, revoked }: CertificateState, tls: Tls, now: number): boolean {
  if (facts === undefined || !matches(facts, tls) || revoked) return true
  // A third of its time left: what Let's Encrypt asks for, whatever the lifetime.
  return facts.notAfter - now < (facts.notAfter - facts.notBefore) / 3
}

/** Whether the pause after a failure is not over. A person who has mended something need not wait, unless a server said so. */
export function mustWait(
  failure: AttemptFailure | undefined,
  asked: Asked | undefined,
  now: number,
): boolean {
  if (failure === undefined || failure.next === null) return false
  const left = failure.next - now
  if (left <= 0 || left > RETRY_LIMIT_SECONDS) return false
  return asked === undefined || failure.kind === 'rate-limit'
}

/** What is known beforehand costs no server anything, and is looked at again each time. */
const WITHOUT_PAUSE: readonly ProblemKind[] = ['dns', 'clock', 'tool']

/** When the next attempt may be made after so many in a row have failed; null: at the next look. */
export function nextAttempt(
  from: Tls['from'],
  { kind, retryAt }: { kind: ProblemKind; retryAt: number },
  failures: number,
  now: number,
): number | null {
  if (from === 'files' || WITHOUT_PAUSE.includes(kind)) return null
  const pause = Math.min(RETRY_FIRST_SECONDS * 2 ** (failures - 1), RETRY_LAST_SECONDS)
  return Math.max(now + pause, retryAt)
}
