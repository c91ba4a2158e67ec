import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collectResults, exitCodeOf, type Outcome, outcomeOf } from '../../src/deploy/outcome.js'
import { ExitCode, SlipwayError, usageError } from '../../src/errors.js'
import type { HostEvent } from '../../src/host/verbs.js'

const ACTIVATION = { kind: 'service', name: 'web', to: 4, expected: 3 } as const

function events(...steps: [HostEvent['step'], string | null][]): HostEvent[] {
  return steps.map(([step, detail]) => ({ item: 'web', step, detail }))
}

describe('outcomeOf', () => {
  const base = { host: 'nixie', service: 'web', release: 4, previous: 3 }

  it('is good where the host is done', () => {
    const told = events(['starting', '4'], ['checking', '4'], ['done', '4'])
    assert.deepEqual(outcomeOf('nixie', ACTIVATION, told), {
      ...base,
      result: 'deployed',
      serving: 4,
      reason: null,
      journal: null,
    })
  })

  it('is a failure with the reason and the journal; the old release serves', () => {
    const told = events(
      ['starting', '4'],
      ['checking', '4'],
      ['failed', 'GET / answered 500'],
      ['journal', 'panic'],
      ['reverted', '3'],
    )
    assert.deepEqual(outcomeOf('nixie', ACTIVATION, told), {
      ...base,
      result: 'failed',
      serving: 3,
      reason: 'GET / answered 500',
      journal: 'panic',
    })
  })

  it('is a failure where the host refuses', () => {
    const outcome = outcomeOf('nixie', ACTIVATION, events(['refused', 'port 80 is taken']))
    assert.deepEqual([outcome.result, outcome.serving, outcome.reason], ['failed', 3, 'port 80 is taken'])
  })

  it('of a first release that fails leaves nothing', () => {
    const outcome = outcomeOf('nixie', { ...ACTIVATION, to: 1, expected: null }, events(['failed', 'no']))
    assert.deepEqual([outcome.result, outcome.previous, outcome.serving], ['failed', null, null])
  })

  it('does not promise the old release where putting it back failed too', () => {
    const told = events(['failed', 'exited'], ['revert-failed', 'release 3: exited'])
    const outcome = outcomeOf('nixie', ACTIVATION, told)
    assert.equal(outcome.serving, null)
    assert.equal(outcome.reason, 'exited; putting back the old one failed too: release 3: exited')
  })

  it('is a failure where the host fell silent', () => {
    const outcome = outcomeOf('nixie', ACTIVATION, events(['starting', '4']))
    assert.equal(outcome.result, 'failed')
    assert.equal(outcome.serving, 3)
    assert.ok(outcome.reason)
  })

  it('does not mix up services', () => {
    const other: HostEvent = { item: 'mail', step: 'done', detail: '9' }
    const told = [other, ...events(['failed', 'no'])]
    assert.equal(outcomeOf('nixie', ACTIVATION, told).result, 'failed')
  })
})

describe('exitCodeOf', () => {
  const outcome = (result: Outcome['result']): Outcome => ({
    host: 'nixie',
    service: 'web',
    result,
    release: 4,
    previous: 3,
    serving: 3,
    reason: null,
    journal: null,
  })
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

describe('collectResults', () => {
  it('keeps outcomes and failures of hosts apart', () => {
    const error = new SlipwayError({ what: 'no ssh' })
    const outcomes: Outcome[] = []
    assert.deepEqual(
      collectResults([
        { host: { name: 'a' }, result: { ok: true, value: outcomes } },
        { host: { name: 'b' }, result: { ok: false, error } },
      ]),
      { outcomes: [], failures: [{ host: 'b', error }] },
    )
  })

  it('makes an error of what is none', () => {
    const { failures } = collectResults([{ host: { name: 'a' }, result: { ok: false, error: 'boom' } }])
    assert.equal(failures[0]?.error.message, 'boom')
  })
})
