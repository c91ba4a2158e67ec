import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agentProblem, agentUnitDir, bareReport, unitDir } from '../../src/plan/bare-host.js'
import { bareFacts, nixosFacts, readyFacts } from './bare-samples.js'

describe('a host without an agent', () => {
  it('has its units where systemd looks for them', () => {
    const declared = nixosFacts({ unitPath: ['/etc/systemd/system', '/var/lib/slipway/units'] })
    assert.deepEqual(
      [bareFacts(), nixosFacts(), declared].map((facts) => [unitDir(facts), agentUnitDir(facts)]),
      [
        ['/etc/systemd/system', '/etc/systemd/system'],
        ['/var/lib/slipway/units', '/etc/systemd/system.attached'],
        ['/var/lib/slipway/units', '/var/lib/slipway/units'],
      ],
    )
  })

  it('reports what is known of it', () => {
    const lock = { id: 'a', who: 'ann@laptop', what: 'deploy app', since: 1_799_999_990 }
    const { agent } = bareFacts()
    const report = bareReport(readyFacts({ agent, legacy: { installed: true, unfinished: [], lock } }))
    const { host } = report
    assert.deepEqual([host.agent, host.legacy, host.prepared, host.nginx], [null, true, true, '1.26.3'])
    assert.deepEqual([host.unitDir, host.unitDirUsed], ['/etc/systemd/system', true])
    assert.deepEqual([report.services, report.lock], [[], lock])
  })

  it('says what there is of an agent', () => {
    const { agent, legacy } = bareFacts()
    const found = (changes: Partial<typeof agent>, installed = false) =>
      agentProblem(bareFacts({ agent: { ...agent, ...changes }, legacy: { ...legacy, installed } }))
    const bundle = 'aaaaaaaaaaaaaaaa'
    assert.deepEqual(
      [
        found({}),
        found({}, true),
        found({ bundle }),
        found({ bundle, nodeVersion: 'v22.0.0' }),
        found({ bundle, nodeVersion: 'v22.0.0', version: '0.1.0' }),
        found({ bundle, active: true }),
      ],
      [
        'not installed',
        'the shell program of slipway 0.1',
        'installed, but its Node does not run',
        'installed, but it does not run',
        'installed, but not running',
        undefined,
      ],
    )
  })
})
