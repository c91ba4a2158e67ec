import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rollbackGeneration, rollbackTarget } from '../../src/plan/rollback.js'
import { boxReport, SYSTEM, serving } from './samples.js'

describe('rollbackTarget', () => {
  const release = (number: number, good: number | null = 1) => ({
    number,
    good,
    commit: null,
    unprivileged: true,
  })

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

  it('is the newest of a commit, by its beginning', () => {
    const of = (number: number, commit: string) => ({ ...release(number), commit })
    const web = serving(null, { releases: [of(1, 'aaa1111'), of(2, 'aaa1111'), of(3, 'aab2222')] })
    assert.deepEqual(rollbackTarget(web, { commit: 'aaa1111' }), { to: 2, from: 3 })
    assert.deepEqual(rollbackTarget(web, { commit: 'aaa1111222233334444' }), { to: 2, from: 3 })
    assert.deepEqual(rollbackTarget(web, { commit: 'aab' }), { problem: 'release 3 serves already' })
    assert.deepEqual(rollbackTarget(web, { commit: 'aa' }), {
      problem: 'aa is the beginning of several commits',
    })
    assert.deepEqual(rollbackTarget(web, { commit: 'b' }), { problem: 'no release there is of commit b' })
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

describe('rollbackGeneration', () => {
  const generation = (number: number) => ({
    number,
    path: `/nix/store/generation-${number}`,
    at: 1,
    good: true,
  })
  /** A system at generation 7, with these generations. */
  const having = (...numbers: number[]) => boxReport({ generations: numbers.map(generation) })

  it('is the one before the active one', () => {
    assert.deepEqual(rollbackGeneration(boxReport(), undefined), {
      generation: 6,
      path: '/nix/store/00000000000000000000000000000006-nixos-system-box',
      from: 7,
    })
  })

  it('is the newest of those before, in whatever order they are told', () => {
    assert.deepEqual(rollbackGeneration(having(10, 2, 5, 7, 3), undefined), {
      generation: 5,
      path: '/nix/store/generation-5',
      from: 7,
    })
  })

  it('skips generations that went wrong', () => {
    const generations = [generation(5), { ...generation(6), good: false }, generation(7)]
    assert.ok(!('problem' in rollbackGeneration(boxReport({ generations }), 6)))
    assert.deepEqual(rollbackGeneration(boxReport({ generations }), undefined), {
      generation: 5,
      path: '/nix/store/generation-5',
      from: 7,
    })
  })

  it('goes further back each time, never forward', () => {
    const at6 = boxReport({ generation: 6 })
    assert.deepEqual(rollbackGeneration(at6, undefined), {
      generation: 5,
      path: '/nix/store/00000000000000000000000000000005-nixos-system-box',
      from: 6,
    })
  })

  it('is the one that was asked for, also a later one', () => {
    assert.deepEqual(rollbackGeneration(boxReport(), 5), {
      generation: 5,
      path: '/nix/store/00000000000000000000000000000005-nixos-system-box',
      from: 7,
    })
    assert.deepEqual(rollbackGeneration(boxReport({ generation: 5 }), 7), {
      generation: 7,
      path: SYSTEM.current,
      from: 5,
    })
  })

  it('leaves the report as it is', () => {
    const told = having(2, 7, 5)
    rollbackGeneration(told, undefined)
    assert.deepEqual(told, having(2, 7, 5))
  })

  for (const [why, system, wanted, problem] of [
    ['for a system that is not there', undefined, undefined, 'it has no generation there'],
    [
      'without an active generation',
      boxReport({ generation: null }),
      undefined,
      'it has no generation there',
    ],
    ['to the active generation', boxReport(), 7, 'generation 7 is active already'],
    ['to a generation that is gone', boxReport(), 4, 'there is no generation 4'],
    ['before the first', boxReport({ generation: 5 }), undefined, 'no good generation came before 5'],
    ['where all others are gone', having(7), undefined, 'no good generation came before 7'],
  ] as const) {
    it(`is refused ${why}`, () => assert.deepEqual(rollbackGeneration(system, wanted), { problem }))
  }
})
