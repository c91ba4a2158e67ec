import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createHookOrder } from '../../src/engine/hook-order.js'
import type { HostPlan } from '../../src/plan/plan.js'
import { planHost } from '../../src/plan/plan.js'
import { app, built, PROJECT, report } from '../plan/samples.js'

const before = [{ run: ['migrate'], timeoutMs: 1000, irreversible: false }]

function plan(host: string, ...names: string[]): HostPlan {
  const services = names.map((name) =>
    built({ ...app(), name, before: name.startsWith('plain') ? [] : before }),
  )
  return planHost(host, { services, systems: [], mode: 'switch', project: PROJECT }, report(), 'ann@laptop')
}

describe('createHookOrder', () => {
  it('has the first host of each service lead', () => {
    const order = createHookOrder([plan('nixie', 'web'), plan('pixie', 'web', 'mail')])
    assert.deepEqual(
      [order.leads('nixie', 'web'), order.leads('pixie', 'web'), order.leads('pixie', 'mail')],
      [true, false, true],
    )
  })

  it('lets leaders and services without hooks wait for nobody', async () => {
    const plans = [plan('nixie', 'web', 'plain'), plan('pixie', 'plain')]
    const order = createHookOrder(plans)
    assert.deepEqual(await Promise.all(plans.map((one) => order.wait(one))), [[], []])
  })

  it('lets the others wait until the hooks have run', async () => {
    const [first, second] = [plan('nixie', 'web'), plan('pixie', 'web')]
    const order = createHookOrder([first, second])
    const waiting = order.wait(second)
    assert.equal(await Promise.race([waiting, 'waits']), 'waits')
    order.hooked('web', true)
    // What comes later changes nothing.
    order.hooked('web', false)
    assert.deepEqual(await waiting, [])
  })

  it('tells the others which hooks went wrong', async () => {
    const [first, second] = [plan('nixie', 'web', 'mail'), plan('pixie', 'web', 'mail')]
    const order = createHookOrder([first, second])
    order.hooked('web', false)
    order.hooked('mail', true)
    assert.deepEqual(await order.wait(second), ['web'])
  })
})
