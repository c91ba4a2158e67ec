import './no-color.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resultText } from '../../../src/cli/text/result-text.js'
import type { Outcome } from '../../../src/engine/activation/outcome.js'
import { app } from '../../plan/samples.js'

const WEB = app({ listen: 'port', routes: ['https://a.example', 'https://b.example'] })

/** What is shown of an outcome of `web` on `nixie`. */
function text(own: Partial<Outcome>): string {
  const outcome: Outcome = {
    host: 'nixie',
    kind: 'service',
    name: 'web',
    result: 'deployed',
    release: 4,
    previous: 3,
    serving: 4,
    reason: null,
    journal: null,
    notes: [],
    ...own,
  }
  return resultText({ outcomes: [outcome], failures: [] }, [WEB])
}

describe('resultText', () => {
  it('of a deploy says where it can be reached', () => {
    assert.equal(text({}), '✓ web on nixie: release 4 serves at https://a.example, https://b.example')
  })

  it('of a system that becomes active later, or not for long', () => {
    const box = { kind: 'system', name: 'box', release: 8 } as const
    assert.equal(text(box), '✓ box on nixie: generation 8 is active')
    assert.equal(
      text({ ...box, mode: 'boot' }),
      '✓ box on nixie: generation 8 is active from the next boot on',
    )
    assert.equal(
      text({ ...box, release: null, mode: 'test' }),
      '✓ box on nixie: the new system is active until the next boot',
    )
  })

  it('of a worker, which has no address', () => {
    assert.equal(text({ name: 'mail' }), '✓ mail on nixie: release 4 serves')
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

  it('of a failure tells what else there is to know', () => {
    assert.equal(
      text({ result: 'failed', serving: 3, reason: 'no', notes: ['the database stays changed'] }),
      `✗ web on nixie: release 4 is not good: no
  note: the database stays changed
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

  it('of a failed first release that was to take the place of what was set up by hand', () => {
    assert.equal(
      text({ result: 'failed', previous: null, serving: null, byHand: 'shop.service', reason: 'no' }),
      `✗ web on nixie: release 4 is not good: no
  shop.service serves, as before.
  next: slipway logs web shows more; correct it, then: slipway adopt nixie --service web`,
    )
  })

  it('of a failure after which the old release is not healthy either', () => {
    assert.match(
      text({ result: 'failed', serving: null, reason: 'no' }),
      /^ {2}Release 3 was put back, but is not healthy either: see to web now\.$/m,
    )
  })

  it('of a failure that was not put back says why', () => {
    assert.match(
      text({ result: 'failed', serving: null, reason: 'no', left: 'its config wants that' }),
      /^ {2}It was not put back: its config wants that\.$/m,
    )
  })

  it('of a host that was lost says what is not known, and where to look', () => {
    assert.equal(
      text({ result: 'unknown', serving: null, reason: 'the host was lost before it told how it ended' }),
      `? web on nixie: the host was lost before it told how it ended
  next: slipway status, once nixie can be reached, tells what is there.`,
    )
  })

  describe('of a system', () => {
    const box = { kind: 'system', name: 'box', release: 8, previous: 7, serving: 8 } as const

    it('tells its generation', () => assert.equal(text(box), '✓ box on nixie: generation 8 is active'))

    it('tells what else there is to know', () => {
      assert.equal(
        text({ ...box, notes: ['its kernel comes into use with the next reboot', 'and more'] }),
        `✓ box on nixie: generation 8 is active
  note: its kernel comes into use with the next reboot
  note: and more`,
      )
    })

    it('that stays as it is', () => {
      assert.equal(
        text({ ...box, result: 'unchanged', release: 7, serving: 7 }),
        '= box on nixie: unchanged, generation 7 is active',
      )
    })

    it('that failed before it had a number', () => {
      assert.equal(
        text({ ...box, result: 'failed', release: null, serving: 7, reason: 'status 4', journal: 'no disk' }),
        `✗ box on nixie: the new generation is not good: status 4
  Its last lines:
    no disk
  Generation 7 is active, as before.
  next: journalctl -t slipway on nixie shows more; correct it and deploy again.`,
      )
    })

    it('that was active, but not confirmed', () => {
      assert.equal(
        text({ ...box, result: 'failed', serving: 7, reason: 'nobody confirmed it' }),
        `✗ box on nixie: generation 8 is not good: nobody confirmed it
  Generation 7 is active, as before.
  next: journalctl -t slipway on nixie shows more; correct it and deploy again.`,
      )
    })

    it('whose first generation failed', () => {
      assert.equal(
        text({ ...box, result: 'failed', release: 1, previous: null, serving: null, reason: 'no' }),
        `✗ box on nixie: generation 1 is not good: no
  Nothing is active in its place: it had no generation before.
  next: journalctl -t slipway on nixie shows more; correct it and deploy again.`,
      )
    })

    it('that could not be put back either', () => {
      assert.match(
        text({ ...box, result: 'failed', serving: null, reason: 'no' }),
        /^ {2}Generation 7 could not be activated again: see to box now\.$/m,
      )
    })
  })
})
