import type { JobResult } from './systemd.js'
import { number, type Properties, text } from './unit-state.js'

/** What a job is begun with; methods of org.freedesktop.systemd1.Manager. */
export type JobMethod =
  | 'StartUnit'
  | 'StopUnit'
  | 'RestartUnit'
  | 'ReloadOrRestartUnit'
  | 'StartTransientUnit'

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
    if (method === 'RestartUnit' && !changedSince(unit, since)) return 'canceled'
    const reloadFailed = method === 'ReloadOrRestartUnit' && (unit.ReloadResult ?? 'success') !== 'success'
    return reloadFailed ? 'failed' : 'done'
  }
  // Also `activating`: it has failed, and is started again by itself.
  if (active === 'failed' || (unit.Result ?? 'success') !== 'success') return 'failed'
  // Inactive, and nothing went wrong: it did its work and ended, had no need to start, or was stopped.
  return didItsWork(unit, since) || needNotStart(unit, since) ? 'done' : 'canceled'
}

function didItsWork(unit: Properties, since: number): boolean {
  const began = number(unit, 'InactiveExitTimestampMonotonic')
  // systemd forgets a unit that has ended, but not one that has failed.
  if (began === 0) return unit.Type === 'oneshot' && unit.CollectMode === 'inactive'
  return began >= since && unit.ExecMainCode === EXITED
}

function needNotStart(unit: Properties, since: number): boolean {
  return number(unit, 'ConditionTimestampMonotonic') >= since && unit.ConditionResult === false
}

/** Whether the unit has changed since then, as by a job of which we have heard nothing. */
export function changedSince(unit: Properties, since: number): boolean {
  return number(unit, 'StateChangeTimestampMonotonic') >= since
}
