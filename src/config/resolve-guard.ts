import { durationMs } from './duration.js'
import type { GuardConfig } from './resolved.js'
import type { Escalate, Guard } from './types.js'

/** How long an activation may take: as deploy-rs has it, since a system's may rebuild much. */
export const DEFAULT_ACTIVATE = '4m'
/** How long a confirmation may take: a new login over a network that has just been restarted. */
export const DEFAULT_CONFIRM = '30s'
/** How long one public URL may take: longer than a cold TLS handshake, shorter than the confirmation's time. */
export const DEFAULT_URL = '5s'

/** A guard with its defaults filled in. */
export function resolveGuard(given: Guard = {}): GuardConfig {
  return {
    activateMs: durationMs(given.activate ?? DEFAULT_ACTIVATE),
    confirmMs: durationMs(given.confirm ?? DEFAULT_CONFIRM),
    urlMs: durationMs(given.url ?? DEFAULT_URL),
    escalate: given.escalate ? resolveEscalate(given.escalate) : null,
  }
}

function resolveEscalate(given: Escalate): GuardConfig['escalate'] {
  return {
    networkMs: durationMs(given.network),
    units: given.units ?? null,
    rebootMs: given.reboot === undefined ? null : durationMs(given.reboot),
  }
}
