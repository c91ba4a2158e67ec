import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endOf, type LastWords } from '../../../src/server/jobs/end.js'
import type { DeployResult } from '../../../src/server/jobs/output.js'

const outcome = (result: DeployResult['outcomes'][number]['result'], reason: string | null = null) => ({
  ...{ name: 'forum', host: 'web', release: 2, serving: 2, result, reason },
})
const gave = (...outcomes: DeployResult['outcomes']): LastWords => ({ result: { outcomes, failures: [] } })
const UNREACHABLE: LastWords = { result: { outcomes: [], failures: [{ host: 'web', error: 'no route' }] } }
const free = { stopBy: null, superseded: false, touched: false }
const stopped = { stopBy: 'ada', superseded: false, touched: false }

describe('the end of a job', () => {
  for (const [what, words, how, state, reason] of [
    ['that deployed', gave(outcome('deployed'), outcome('unchanged')), free, 'deployed', undefined],
    ['that found nothing to do', gave(outcome('unchanged')), free, 'unchanged', undefined],
    ['that was put back', gave(outcome('failed', 'unhealthy')), free, 'failed', 'forum on web: unhealthy'],
    ['whose host was lost', gave(outcome('unknown', 'lost')), free, 'failed', 'forum on web: lost'],
    ['whose host was not reached', UNREACHABLE, free, 'failed', 'web: no route'],
    [
      'of a build that failed',
      { error: { what: 'it does not build', why: 'exit 1' } },
      free,
      'failed',
      'it does not build: exit 1',
    ],
    ['that was stopped', { error: { what: 'stopped on request' } }, stopped, 'cancelled', 'ada'],
    ['that was stopped while it asked hosts', UNREACHABLE, stopped, 'cancelled', 'ada'],
    ['that was stopped before it said a word', {}, stopped, 'cancelled', 'ada'],
    ['that was stopped for a newer one', {}, { ...stopped, superseded: true }, 'superseded', 'ada'],
    [
      'that was told to stop too late',
      gave(outcome('deployed')),
      { ...stopped, touched: true },
      'deployed',
      undefined,
    ],
    ['that was done when it was told to stop', gave(outcome('unchanged')), stopped, 'unchanged', undefined],
    [
      'that was stopped while a host was at it',
      gave(outcome('failed', 'stopped')),
      { ...stopped, touched: true },
      'failed',
      'forum on web: stopped',
    ],
  ] as const) {
    it(`of a deploy ${what}`, () => {
      const end = endOf(words, how)
      assert.deepEqual([end?.state, end?.reason], [state, reason])
    })
  }

  it('is not known of one that was cut off', () => {
    assert.equal(endOf({}, free), undefined)
    assert.equal(endOf({}, { ...stopped, touched: true }), undefined)
  })
})
