import type { GuardConfig } from '../../config/resolved.js'
import type { GuardSettings } from '../../contract/activation.js'
import type { Activation, ActivationItem } from './activation.js'

/** The guard of an activation: the longest limits that one of its items wants; services have the config's. */
export function guardFor(guard: GuardConfig, items: readonly ActivationItem[]): GuardConfig {
  const limits = items.map((item) => item.limits ?? guard)
  return {
    ...guard,
    activateMs: Math.max(...limits.map(({ activateMs }) => activateMs)),
    confirmMs: Math.max(...limits.map(({ confirmMs }) => confirmMs)),
  }
}

/** How its host guards an activation. */
export function guardSettings({ guard, items, voter }: Activation): GuardSettings {
  const { activateMs, confirmMs, escalate } = guardFor(guard, items)
  return {
    policy: voter ? 'all' : 'each',
    activateMs,
    confirmMs,
    // A host that has been reached waits for others, which may be at work as long as it may itself.
    holdMs: voter ? activateMs : 0,
    escalate: escalate
      ? {
          networkMs: escalate.networkMs,
          units: escalate.units ?? null,
          rebootMs: escalate.rebootMs ?? null,
        }
      : null,
  }
}

/** How long a host waits for a confirmation at most. */
export function patienceMs({ confirmMs, holdMs }: Pick<GuardSettings, 'confirmMs' | 'holdMs'>): number {
  return confirmMs + holdMs
}
