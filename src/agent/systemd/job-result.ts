import type { JobResult } from './systemd.js'
import { number, type Properties, text } from './unit-state.js'

/** What a job is begun with; methods of org.freedesktop.systemd1.Manager. */
export type JobMethod = 'StartUnit' | 'StopUnit' | 'RestartUnit' | 'ReloadOrRestartUnit'

const RUNS = new Set(['active', 'reloading', 'refreshing'])
/** `ExecMainCode` of a process that exited by itself. */
const EXITED = 1

/**
 * How a job must have ended whose end nobody heard, from what its unit is now. `since` is when it was asked for,
 * microseconds of the monotonic clock.
 */
export function resultFromState(method: JobMethod, unit: Properties, since: number): JobResult {
  const active = text(unit, 'ActiveState')
  if (method === 'StopUnit') return active === 'inactive' || active === 'failed' ? 'done' : 'canceled'
  if (RUNS.has(active)) {
    const reloadFailed = method === 'ReloadOrRestartUnit' && (unit.ReloadResult ?? 'success') !== 'success'
    return reloadFailed ? 'failed' : 'done'
  }
  // Also `activating`: it has failed, and is started again by itself.
  if (active === 'failed' || (unit.Result ?? 'success') !== 'success') return 'failed'
  // A service that does its work and ends: one that was stopped meanwhile did not exit by itself.
  const hasRun = number(unit, 'InactiveExitTimestampMonotonic') >= since && unit.ExecMainCode === EXITED
  const needNotRun = number(unit, 'ConditionTimestampMonotonic') >= since && unit.ConditionResult === false
  return hasRun || needNotRun ? 'done' : 'canceled'
}

/** Whether the unit has changed since then, as by a job of which we have heard nothing. */
export function changedSince(unit: Properties, since: number): boolean {
  return number(unit, 'StateChangeTimestampMonotonic') >= since
}
