import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planSystem } from '../../src/plan/systems.js'
import { box, boxReport, builtBox, SYSTEM } from './samples.js'

const { current, next, other } = SYSTEM

describe('planSystem', () => {
  it('plans the first generation of a profile', () => {
    assert.deepEqual(planSystem(builtBox(), [], 'switch'), {
      system: 'box',
      status: 'new',
      mode: 'switch',
      to: next,
      from: null,
      fromPath: null,
      running: null,
      warnings: [],
      config: box(),
    })
  })

  it('takes a profile without a generation for new too', () => {
    const empty = boxReport({ generation: null, path: null, running: null, generations: [] })
    assert.deepEqual(planSystem(builtBox(), [empty], 'switch'), planSystem(builtBox(), [], 'switch'))
  })

  it('plans from the generation that the profile is at', () => {
    assert.deepEqual(planSystem(builtBox(), [boxReport()], 'switch'), {
      system: 'box',
      status: 'changed',
      mode: 'switch',
      to: next,
      from: 7,
      fromPath: current,
      running: null,
      warnings: [],
      config: box(),
    })
  })

  it('warns of a NixOS that boots from another profile', () => {
    const warnings = (profile: string, path = next) =>
      planSystem(builtBox(path, { profile }), [], 'switch').warnings
    assert.deepEqual(warnings('box'), [
      'its profile is /nix/var/nix/profiles/per-user/root/box, but NixOS boots from /nix/var/nix/profiles/system: after a reboot an older system may run',
    ])
    assert.deepEqual(warnings('system'), [])
    assert.deepEqual(warnings('/nix/var/nix/profiles/system'), [])
    assert.deepEqual(warnings('box', next.replace('nixos-system-', 'activate-path-')), [])
  })

  it('does not mix up systems', () => {
    const { status, from } = planSystem(builtBox(current), [boxReport({ name: 'tower' })], 'switch')
    assert.deepEqual([status, from], ['new', null])
  })

  // What is built, what the profile holds, what runs: what each mode would do about it.
  for (const [what, path, own, statuses] of [
    ['is set and runs', current, {}, { switch: 'unchanged', boot: 'unchanged', test: 'unchanged' }],
    ['is neither set nor runs', next, {}, { switch: 'changed', boot: 'changed', test: 'changed' }],
    [
      'is set, but something else runs',
      current,
      { running: other },
      { switch: 'changed', boot: 'unchanged', test: 'changed' },
    ],
    [
      'runs, but is not set',
      next,
      { running: next },
      { switch: 'changed', boot: 'changed', test: 'unchanged' },
    ],
    [
      'is set in a profile of which nobody can tell what runs',
      current,
      { running: null },
      { switch: 'unchanged', boot: 'unchanged', test: 'unchanged' },
    ],
  ] as const) {
    for (const mode of ['switch', 'boot', 'test'] as const) {
      it(`says "${statuses[mode]}" to ${mode} of what ${what}`, () => {
        assert.equal(planSystem(builtBox(path), [boxReport(own)], mode).status, statuses[mode])
      })
    }
  }

  for (const mode of ['switch', 'boot', 'test'] as const) {
    it(`says "changed" to ${mode} of another profile of which nobody can tell what runs`, () => {
      assert.equal(planSystem(builtBox(next), [boxReport({ running: null })], mode).status, 'changed')
    })
  }

  it('tells what runs where that is not what the profile holds', () => {
    assert.equal(planSystem(builtBox(), [boxReport({ running: other })], 'switch').running, other)
  })
})
