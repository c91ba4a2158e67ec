import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceStatus, systemStatus } from '../../src/plan/status.js'
import { app, boxReport, manifestOf, running, SYSTEM, serving, staticSite, unit } from './samples.js'

describe('serviceStatus', () => {
  const manifest = manifestOf(app())

  for (const [status, own] of [
    ['healthy', { probe: { code: 200, healthy: true } }],
    ['unhealthy: 503', { probe: { code: 503, healthy: false } }],
    ['unhealthy: no answer', { probe: { code: 0, healthy: false } }],
    ['running', { probe: null }],
    [
      'healthy; release 4 gets 5 % of the requests',
      { probe: { code: 200, healthy: true }, canary: { release: 4, percent: 5 } },
    ],
    ['closed for maintenance', { probe: { code: 200, healthy: true }, maintenance: true }],
    ['closed for maintenance', { probe: { code: 503, healthy: false }, maintenance: true }],
    ['unhealthy: 500', { probe: { code: 500, healthy: false }, canary: { release: 4, percent: 5 } }],
    ['activating release 4', { activating: 4, maintenance: true, canary: { release: 3, percent: 1 } }],
    ['stopped', { units: [unit('web@blue.service', 'inactive', 'dead')], maintenance: true }],
    ['web@blue.service is failed', { units: [unit('web@blue.service', 'failed', 'failed')] }],
    ['activating release 4', { activating: 4 }],
    ['no release', { current: null, units: [] }],
    ['stopped', { units: [unit('web.service', 'inactive', 'dead')] }],
    [
      'stopped',
      { units: [unit('web.service', 'inactive', 'dead'), unit('web-mail.service', 'inactive', 'dead')] },
    ],
    [
      'web-mail.service is dead',
      { units: [running('web.service'), unit('web-mail.service', 'inactive', 'dead')] },
    ],
    ['web.service is failed', { units: [unit('web.service', 'failed', 'failed')] }],
    [
      'web.service is auto-restart',
      { units: [unit('web.service', 'activating', 'auto-restart')], probe: { code: 0, healthy: false } },
    ],
  ] as const) {
    it(`is "${status}" for ${JSON.stringify(own)}`, () => {
      assert.equal(
        serviceStatus(serving(manifest, { ...own, units: [...(own.units ?? [running('web.service')])] })),
        status,
      )
    })
  }

  it('is "served" for a site, which has no units', () => {
    assert.equal(serviceStatus(serving(manifestOf(staticSite()), { units: [] })), 'served')
  })
})

describe('systemStatus', () => {
  for (const [status, own] of [
    ['active', {}],
    ['active', { running: null }],
    ['active, needs a reboot', { needsReboot: true }],
    ['active at the next boot; another system runs', { running: SYSTEM.other }],
    ['active at the next boot; another system runs', { running: SYSTEM.other, needsReboot: true }],
    ['no generation', { generation: null, path: null }],
    ['activating', { activating: true, generation: null }],
    ['activating', { activating: true, running: SYSTEM.other }],
  ] as const) {
    it(`is "${status}" for ${JSON.stringify(own)}`, () => assert.equal(systemStatus(boxReport(own)), status))
  }
})
