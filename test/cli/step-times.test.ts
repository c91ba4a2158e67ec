import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { stepTimes } from '../../src/cli/step-times.js'
import { tookText } from '../../src/cli/text/took-text.js'
import type { HostEvent } from '../../src/contract/events.js'

describe('stepTimes', () => {
  function told(...steps: (HostEvent['step'] | 'planned')[]) {
    let now = 0
    const times = stepTimes(() => now)
    for (const step of steps) {
      now += 1000
      times.onEvent(
        step === 'planned'
          ? { type: 'planned', plans: [] }
          : { type: 'host', host: 'web', about: 'service', event: { item: 'app', step } as HostEvent },
      )
    }
    now += 500
    return times.steps()
  }

  it('tells steps by what happens first in them', () =>
    assert.deepEqual(told('planned', 'starting', 'checking', 'waiting', 'starting', 'confirmed'), [
      { step: 'build', ms: 1000 },
      { step: 'ship', ms: 1000 },
      { step: 'activate', ms: 2000 },
      { step: 'confirm', ms: 2500 },
    ]))

  it('adds up to the whole', () => {
    const ms = told('planned', 'starting', 'waiting').reduce((sum, step) => sum + step.ms, 0)
    assert.equal(ms, 3500)
  })

  it('is one step where nothing was to do', () => assert.equal(tookText(500, told()), 'took 0.5 s'))

  it('reads as a line', () =>
    assert.equal(
      tookText(2500, told('planned', 'starting')),
      'took 2.5 s: build 1.0 s, ship 1.0 s, activate 0.5 s',
    ))
})
