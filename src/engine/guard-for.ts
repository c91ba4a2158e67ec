import type { GuardConfig } from '../config/resolved.js'
import type { Activation } from './bundle.js'

/** The guard of an activation: the longest limits that one of its items wants; services have the config's. */
export function guardFor(guard: GuardConfig, activations: readonly Activation[]): GuardConfig {
  const limits = activations.map((item) => (item.kind === 'system' ? item.system : guard))
  return {
    ...guard,
    activateMs: Math.max(...limits.map(({ activateMs }) => activateMs)),
    confirmMs: Math.max(...limits.map(({ confirmMs }) => confirmMs)),
  }
}
