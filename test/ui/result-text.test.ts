import './no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Outcome } from '../../src/deploy/outcome.js'
import { resultText } from '../../src/ui/result-text.js'
import { app } from '../plan/samples.js'

const WEB = app({ listen: 'port', routes: ['https://a.example', 'https://b.example'] })

/** What is shown of an outcome of `web` on `nixie`. */
function text(own: Partial<Outcome>): string {
  const outcome: Outcome = {
    host: 'nixie',
    service: 'web',
    result: 'deployed',
    release: 4,
    previous: 3,
    serving: 4,
    reason: null,
    journal: null,
    ...own,
  }
  return resultText({ outcomes: [outcome], failures: [] }, [WEB])
}

describe('resultText', () => {
  it('of a deploy says where it can be reached', () => {
    assert.equal(text({}), '✓ web on nixie: release 4 serves at https://a.example, https://b.example')
  })

  it('of a worker, which has no address', () => {
    assert.equal(text({ service: 'mail' }), '✓ mail on nixie: release 4 serves')
  })

  it('of what stays as it is', () => {
    assert.equal(
      text({ result: 'unchanged', release: 3, serving: 3 }),
      '= web on nixie: unchanged, release 3 serves',
    )
  })

  it('of a failure shows the reason, the journal, what serves and what to do', () => {
    assert.equal(
      text({ result: 'failed', serving: 3, reason: 'GET / answered 500', journal: 'one\ntwo' }),
      `✗ web on nixie: release 4 is not good: GET / answered 500
  Its last lines:
    one
    two
  Release 3 serves, as before.
  next: slipway logs web shows more; correct it and deploy again.`,
    )
  })

  it('of a failed first release', () => {
    assert.equal(
      text({ result: 'failed', release: 1, previous: null, serving: null, reason: 'web.service exited' }),
      `✗ web on nixie: release 1 is not good: web.service exited
  Nothing serves in its place: it had no release before.
  next: slipway logs web shows more; correct it and deploy again.`,
    )
  })

  it('of a failure after which the old release is not healthy either', () => {
    assert.match(
      text({ result: 'failed', serving: null, reason: 'no' }),
      /^ {2}Release 3 was put back, but is not healthy either: see to web now\.$/m,
    )
  })
})
