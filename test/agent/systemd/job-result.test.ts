import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changedSince, type JobMethod, resultFromState } from '../../../src/agent/systemd/job-result.js'
import type { Properties } from '../../../src/agent/systemd/unit-state.js'

/** When the job was asked for. */
const SINCE = 1000

/** A service that ran before that, and has not changed since. */
const before: Properties = {
  ActiveState: 'active',
  Result: 'success',
  ReloadResult: 'success',
  Type: 'simple',
  CollectMode: 'inactive',
  ExecMainCode: 0,
  InactiveExitTimestampMonotonic: 500,
  StateChangeTimestampMonotonic: 600,
  ConditionTimestampMonotonic: 500,
  ConditionResult: true,
}
const after = { InactiveExitTimestampMonotonic: 1500, StateChangeTimestampMonotonic: 1600 }
const ended = { ActiveState: 'inactive', ...after }
const collected = {
  ActiveState: 'inactive',
  InactiveExitTimestampMonotonic: 0,
  StateChangeTimestampMonotonic: 0,
}

describe('a job whose end nobody heard', () => {
  const cases: [what: string, method: JobMethod, unit: Properties, result: string][] = [
    ['runs', 'StartUnit', after, 'done'],
    ['ran all the time', 'StartUnit', {}, 'done'],
    ['was started anew', 'RestartUnit', after, 'done'],
    ['runs as before, and was to be started anew', 'RestartUnit', {}, 'canceled'],
    ['read its files again', 'ReloadOrRestartUnit', {}, 'done'],
    ['did not get its files read', 'ReloadOrRestartUnit', { ReloadResult: 'exit-code' }, 'failed'],
    ['failed', 'StartUnit', { ...after, ActiveState: 'failed', Result: 'exit-code' }, 'failed'],
    [
      'is to be started again by itself',
      'StartUnit',
      { ActiveState: 'activating', Result: 'signal' },
      'failed',
    ],
    ['did its work', 'StartUnit', { ...ended, ExecMainCode: 1 }, 'done'],
    ['was stopped by somebody', 'StartUnit', { ...ended, ExecMainCode: 2 }, 'canceled'],
    ['did its work long ago', 'StartUnit', { ActiveState: 'inactive', ExecMainCode: 1 }, 'canceled'],
    ['did its work and is forgotten', 'StartUnit', { ...collected, Type: 'oneshot' }, 'done'],
    ['is forgotten', 'StartUnit', collected, 'canceled'],
    [
      'is forgotten, and would be where it had failed',
      'StartUnit',
      { ...collected, Type: 'oneshot', CollectMode: 'inactive-or-failed' },
      'canceled',
    ],
    [
      'need not start',
      'StartUnit',
      { ActiveState: 'inactive', ConditionResult: false, ConditionTimestampMonotonic: 1500 },
      'done',
    ],
    ['is stopped', 'StopUnit', { ActiveState: 'inactive' }, 'done'],
    ['failed as it was stopped', 'StopUnit', { ActiveState: 'failed', Result: 'timeout' }, 'done'],
    ['runs, and was to stop', 'StopUnit', {}, 'canceled'],
  ]
  for (const [what, method, unit, result] of cases) {
    it(`is ${result} where the unit ${what}`, () => {
      assert.equal(resultFromState(method, { ...before, ...unit }, SINCE), result)
    })
  }

  it('is judged also where a unit has no such properties as a service', () => {
    const { ActiveState, InactiveExitTimestampMonotonic, StateChangeTimestampMonotonic } = before
    const target = { ActiveState, InactiveExitTimestampMonotonic, StateChangeTimestampMonotonic }
    assert.equal(resultFromState('StartUnit', target, SINCE), 'done')
    assert.equal(changedSince(target, SINCE), false)
    assert.equal(changedSince(target, 600), true)
  })
})
