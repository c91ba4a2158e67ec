import type { GuardConfig, SystemConfig } from '../config/resolved.js'

/** The guard of an activation: the config's, with the longest limits that one of its systems wants. */
export function guardFor(guard: GuardConfig, systems: readonly SystemConfig[]): GuardConfig {
  if (systems.length === 0) return guard
  return {
    ...guard,
    activateMs: Math.max(...systems.map(({ activateMs }) => activateMs)),
    confirmMs: Math.max(...systems.map(({ confirmMs }) => confirmMs)),
  }
}
