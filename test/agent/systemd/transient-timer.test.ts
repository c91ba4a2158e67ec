import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { marshal } from '../../../src/agent/systemd/dbus/marshal.js'
import { unmarshal } from '../../../src/agent/systemd/dbus/unmarshal.js'
import { transientTimer } from '../../../src/agent/systemd/transient-timer.js'

const TIMER = {
  name: 'slipway-guard-1',
  description: 'slipway: puts back what nobody confirms',
  afterMs: 1500,
  command: ['/bin/node', 'agent.cjs', 'expire', '1'],
  identifier: 'slipway',
}

describe('the call for a transient timer', () => {
  const { member, signature, args } = transientTimer(TIMER)

  it('names a timer, which is exact, and the service that it starts', () => {
    assert.equal(member, 'StartTransientUnit')
    const [name, mode, timer, units] = args as [string, string, [string, { value: unknown }][], unknown[]]
    assert.deepEqual([name, mode], ['slipway-guard-1.timer', 'fail'])
    assert.deepEqual(
      timer.map(([property, { value }]) => [property, value]),
      [
        ['Description', TIMER.description],
        ['CollectMode', 'inactive-or-failed'],
        ['TimersMonotonic', [['OnActiveSec', 1_500_000]]],
        ['AccuracyUSec', 100_000],
        ['RemainAfterElapse', false],
      ],
    )
    const [[service, properties]] = units as [[string, [string, { value: unknown }][]]]
    assert.equal(service, 'slipway-guard-1.service')
    assert.deepEqual(properties.at(-1)?.[1].value, [['/bin/node', TIMER.command, false]])
  })

  it('is one that D-Bus can send', () => {
    const bytes = marshal(signature ?? '', args ?? [])
    assert.equal(unmarshal(signature ?? '', bytes)[0], 'slipway-guard-1.timer')
  })
})
