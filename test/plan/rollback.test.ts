import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rollbackTarget } from '../../src/plan/rollback.js'
import { serving } from './samples.js'

describe('rollbackTarget', () => {
  const release = (number: number, good: number | null = 1) => ({ number, good, commit: null })

  it('is the good release before the one that serves', () => {
    assert.deepEqual(rollbackTarget(serving(null), undefined), { to: 2, from: 3 })
  })

  it('skips releases that never were good', () => {
    const web = serving(null, { releases: [release(1), release(2, null), release(3)] })
    assert.deepEqual(rollbackTarget(web, undefined), { to: 1, from: 3 })
  })

  it('goes further back each time, never forward', () => {
    assert.deepEqual(rollbackTarget(serving(null, { current: 2 }), undefined), { to: 1, from: 2 })
  })

  it('is the one that was asked for, also a later one', () => {
    assert.deepEqual(rollbackTarget(serving(null), 1), { to: 1, from: 3 })
    assert.deepEqual(rollbackTarget(serving(null, { current: 1 }), 3), { to: 3, from: 1 })
  })

  for (const [why, service, wanted, problem] of [
    ['for a service that is not there', undefined, undefined, 'it has no release there'],
    ['without a release that serves', serving(null, { current: null }), undefined, 'it has no release there'],
    ['to the release that serves', serving(null), 3, 'release 3 serves already'],
    ['to a release that is gone', serving(null), 9, 'there is no release 9'],
    ['before the first', serving(null, { current: 1 }), undefined, 'no good release came before 1'],
    [
      'to releases that never were good',
      serving(null, { current: 2, releases: [release(1, null), release(2)] }),
      undefined,
      'no good release came before 2',
    ],
  ] as const) {
    it(`is refused ${why}`, () => assert.deepEqual(rollbackTarget(service, wanted), { problem }))
  }
})
