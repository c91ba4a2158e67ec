import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/engine/activation/outcome.js'
import { activationResult, collect, exitCodeOf } from '../../src/engine/result.js'
import { ExitCode, SlipwayError, usageError } from '../../src/errors.js'

const outcome = (result: Outcome['result']): Outcome => ({
  host: 'nixie',
  kind: 'service',
  name: 'web',
  result,
  release: 4,
  previous: 3,
  serving: 3,
  reason: null,
  journal: null,
  notes: [],
})

describe('exitCodeOf', () => {
  const failure = (error: Error) => ({ host: 'nixie', error })
  const locked = new SlipwayError({ what: 'locked', code: ExitCode.locked })

  for (const [what, result, code] of [
    ['nothing to do', { outcomes: [], failures: [] }, ExitCode.ok],
    [
      'services deployed or unchanged',
      { outcomes: [outcome('deployed'), outcome('unchanged')], failures: [] },
      ExitCode.ok,
    ],
    [
      'a service that failed among others',
      { outcomes: [outcome('deployed'), outcome('failed')], failures: [] },
      ExitCode.failed,
    ],
    [
      'a service of which nobody knows',
      { outcomes: [outcome('deployed'), outcome('unknown')], failures: [] },
      ExitCode.failed,
    ],
    [
      'a host that failed',
      { outcomes: [outcome('deployed')], failures: [failure(new SlipwayError({ what: 'no ssh' }))] },
      ExitCode.failed,
    ],
    ['a lock', { outcomes: [], failures: [failure(locked)] }, ExitCode.locked],
    ['a wrong config', { outcomes: [], failures: [failure(usageError({ what: 'x' }))] }, ExitCode.usage],
    [
      'a failure beside a lock',
      { outcomes: [outcome('failed')], failures: [failure(locked)] },
      ExitCode.failed,
    ],
    [
      'a defect beside a failure',
      { outcomes: [outcome('failed')], failures: [failure(new TypeError('x'))] },
      ExitCode.bug,
    ],
  ] as const) {
    it(`is ${code} for ${what}`, () => {
      assert.equal(
        exitCodeOf({ outcomes: [...result.outcomes], failures: [...result.failures] }, false),
        code,
      )
    })
  }

  it('is that of a defect for an error of the system, whose code is none of ours', () => {
    const error = Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' })
    assert.equal(exitCodeOf({ outcomes: [], failures: [failure(error)] }, false), ExitCode.bug)
    const beside = { outcomes: [outcome('failed')], failures: [failure(locked), failure(error)] }
    assert.equal(exitCodeOf(beside, false), ExitCode.bug)
  })

  it('is 130 where the user asked to stop, whatever came of it', () => {
    assert.equal(exitCodeOf({ outcomes: [outcome('failed')], failures: [] }, true), ExitCode.interrupted)
  })
})

describe('collect', () => {
  const error = new SlipwayError({ what: 'no ssh' })
  const failed = { host: { name: 'b' }, result: { ok: false as const, error } }

  it('keeps what hosts gave and their failures apart', () => {
    const good = { host: { name: 'a' }, result: { ok: true as const, value: 1 } }
    assert.deepEqual(collect([good, failed]), { values: [1], failures: [{ host: 'b', error }] })
  })

  it('has all outcomes in one list', () => {
    const good = { host: { name: 'a' }, result: { ok: true as const, value: [outcome('deployed')] } }
    assert.deepEqual(activationResult([good, failed, good]), {
      outcomes: [outcome('deployed'), outcome('deployed')],
      failures: [{ host: 'b', error }],
    })
  })

  it('makes an error of what is none', () => {
    const { failures } = collect([{ host: { name: 'a' }, result: { ok: false, error: 'boom' } }])
    assert.equal(failures[0]?.error.message, 'boom')
  })
})
