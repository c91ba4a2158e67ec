import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Service } from '../../src/index.js'
import { manifestOf } from '../../src/plan/manifest.js'
import { isUnprivileged } from '../../src/release/privileges.js'
import { app, staticSite } from '../plan/samples.js'
import { ingredients } from './samples.js'

const judged = (fields: Partial<Service>) => isUnprivileged(manifestOf(app(fields), ingredients()).service)

describe('isUnprivileged', () => {
  it('holds for sites, and for services in the default sandbox', () => {
    assert.equal(isUnprivileged(manifestOf(staticSite(), ingredients()).service), true)
    assert.equal(judged({ processes: { worker: { run: 'app worker' } } }), true)
  })

  it('holds with limits and times of their own', () => {
    const unit = { MemoryMax: '1G', CPUQuota: '50%', LimitNOFILE: 65536, RestartSec: 5, TimeoutStopSec: 30 }
    assert.equal(judged({ unit }), true)
  })

  for (const [name, value] of [
    ['User', 'root'],
    ['ExecStartPre', '+/bin/true'],
    ['AmbientCapabilities', 'CAP_NET_ADMIN'],
    ['SupplementaryGroups', 'docker'],
    ['StartLimitAction', 'reboot'],
    ['ProtectSystem', false],
  ] as const) {
    it(`does not hold with ${name}`, () => {
      const unit = { [name]: value }
      assert.equal(judged({ unit }), false)
      assert.equal(judged({ processes: { worker: { run: 'app worker', unit } } }), false)
      assert.equal(judged({ timers: { nightly: { run: 'app x', calendar: 'daily', unit } } }), false)
    })
  }
})
