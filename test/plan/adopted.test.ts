import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { onceAdopted } from '../../src/plan/adopted.js'
import { report } from './samples.js'

describe('a report of a host whose services are handed over', () => {
  it('has their domains among those that include routes, and nobody at their ports', () => {
    const holder = (service: string) => ({ service, port: 3001, by: 'server (process 12)' })
    const before = { ...report(), portHolders: [holder('notes'), holder('blog')] }
    const directives = ['b.example', 'b.example'].map((domain) => ({
      domain,
      file: '/x',
      line: 1,
      text: 'x',
    }))
    const after = onceAdopted(before, { notes: { unit: null, state: [], directives } })
    assert.deepEqual(after.host.nginxDomains, [...before.host.nginxDomains, 'b.example'])
    assert.deepEqual(after.portHolders, [holder('blog')])
    assert.deepEqual(onceAdopted(before, {}), before)
  })
})
