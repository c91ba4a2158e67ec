import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveGuard } from '../../src/config/resolve-guard.js'
import { problems, resolved, withService } from './samples.js'

describe('resolveGuard', () => {
  it('fills in every default', () => {
    assert.deepEqual(resolveGuard(), {
      activateMs: 240_000,
      confirmMs: 30_000,
      urlMs: 5000,
      escalate: null,
    })
  })

  it('keeps what is given', () => {
    const escalate = { network: '20s', units: ['wg-quick@wg0.service'], reboot: '1m' }
    assert.deepEqual(resolveGuard({ activate: '10m', confirm: '1m', url: '500ms', escalate }), {
      activateMs: 600_000,
      confirmMs: 60_000,
      urlMs: 500,
      escalate: { networkMs: 20_000, units: ['wg-quick@wg0.service'], rebootMs: 60_000 },
    })
  })

  it('restarts the usual units and never reboots unless told to', () => {
    assert.deepEqual(resolveGuard({ escalate: { network: '20s' } }).escalate, {
      networkMs: 20_000,
      units: null,
      rebootMs: null,
    })
  })
})

describe('a config’s guard', () => {
  const withGuard = (guard: unknown) => ({ ...(withService({}) as object), guard })

  it('is resolved with the config', () => {
    assert.equal(resolved(withGuard({ confirm: '45s' })).guard.confirmMs, 45_000)
  })

  it('needs time for everything it waits for', () => {
    const expected = 'expected a duration above zero such as "500ms", "30s" or "2m"'
    assert.deepEqual(problems(withGuard({ activate: '0s', confirm: '0.0m', url: 'soon' })), [
      `guard.activate: ${expected}`,
      `guard.confirm: ${expected}`,
      `guard.url: ${expected}`,
    ])
  })

  it('says when to escalate, if it does', () => {
    assert.deepEqual(problems(withGuard({ escalate: { reboot: '1m' } })), [
      'guard.escalate.network: is missing: expected a string',
    ])
  })

  it('restarts at least one unit, which has a name', () => {
    const units = (given: string[]) => problems(withGuard({ escalate: { network: '9s', units: given } }))
    assert.deepEqual(units(['a b.service', '-x']), [
      'guard.escalate.units[0]: expected the name of a unit',
      'guard.escalate.units[1]: expected the name of a unit',
    ])
    assert.equal(units([]).length, 1)
  })

  it('gets a suggestion for a field it does not have', () => {
    assert.deepEqual(problems(withGuard({ comfirm: '1m' })), [
      'guard.comfirm: unknown field; did you mean "confirm"?',
    ])
  })
})
