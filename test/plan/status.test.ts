import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { serviceStatus } from '../../src/plan/status.js'
import { app, manifestOf, running, serving, staticSite, unit } from './samples.js'

describe('serviceStatus', () => {
  const manifest = manifestOf(app())

  for (const [status, own] of [
    ['healthy', { probe: { code: 200, healthy: true } }],
    ['unhealthy: 503', { probe: { code: 503, healthy: false } }],
    ['unhealthy: no answer', { probe: { code: 0, healthy: false } }],
    ['running', { probe: null }],
    ['activating release 4', { activating: '4' }],
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
