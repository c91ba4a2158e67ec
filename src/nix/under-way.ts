import type { PackageRef } from '../config/resolved.js'
import type { Evaluated } from './evaluate.js'

/** Evaluations on this machine, for its system, that were begun for something else and tell of packages too. */
const underWay = new WeakMap<PackageRef, { overrides: string; result: Promise<Evaluated | null> }>()

/** Has a package of a config taken from an evaluation that is under way, unless that gives nothing for it. */
export function evaluatedBy(
  ref: PackageRef,
  overrides: Record<string, string>,
  result: Promise<Evaluated | null>,
): void {
  result.catch(() => undefined)
  underWay.set(ref, { overrides: JSON.stringify(overrides), result })
}

/** What such an evaluation gives, once: whoever evaluates again wants to know what became different. */
export async function takeEvaluated(
  ref: PackageRef,
  overrides: Record<string, string>,
): Promise<Evaluated | null> {
  const found = underWay.get(ref)
  underWay.delete(ref)
  if (found?.overrides !== JSON.stringify(overrides)) return null
  return found.result.catch(() => null)
}
