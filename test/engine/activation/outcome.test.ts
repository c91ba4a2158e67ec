import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HostEvent } from '../../../src/contract/events.js'
import { type Outcome, outcomeOf } from '../../../src/engine/activation/outcome.js'

const WEB = { kind: 'service', name: 'web', to: 4, from: 3 } as const
const BOX = { kind: 'system', name: 'box', to: '/nix/store/x-nixos-system-box', from: 7 } as const

type Told = [HostEvent['step'], (string | null)?]

function events(item: string, ...told: Told[]): HostEvent[] {
  return told.map(([step, detail]) => ({ item, step, detail: detail ?? null }))
}

/** What became of release 4 of `web` where 3 served, by all that its host told. */
function ended(...told: Told[]): Outcome {
  return outcomeOf('nixie', WEB, events('web', ...told), true)
}

/** The same, where the host was lost after it told this. */
function lost(...told: Told[]): Outcome {
  return outcomeOf('nixie', WEB, events('web', ...told), false)
}

describe('outcomeOf', () => {
  const base = {
    host: 'nixie',
    kind: 'service',
    name: 'web',
    release: 4,
    previous: 3,
    journal: null,
    notes: [] as string[],
  } as const
  const begun: Told[] = [
    ['starting', '4'],
    ['checking', '4'],
  ]
  const confirmed: Told[] = [...begun, ['active', '4'], ['confirmed']]

  it('is good where the host is done', () => {
    assert.deepEqual(ended(...confirmed, ['done', '4']), {
      ...base,
      result: 'deployed',
      serving: 4,
      reason: null,
    })
  })

  it('is good where the host is done, though it was lost before the end', () => {
    assert.deepEqual(lost(...confirmed, ['done', '4']), ended(...confirmed, ['done', '4']))
  })

  it('is good where the host ended after it was confirmed, without a word that it is done', () => {
    assert.deepEqual(ended(...confirmed), { ...base, result: 'deployed', serving: 4, reason: null })
  })

  it('is good where nobody was to confirm it', () => {
    const outcome = ended(...begun, ['active', '4'], ['unguarded'], ['done', '4'])
    assert.deepEqual([outcome.result, outcome.serving], ['deployed', 4])
  })

  it('is good where it was watched after the confirmation', () => {
    const outcome = ended(...confirmed, ['watching', '60'], ['done', '4'])
    assert.deepEqual([outcome.result, outcome.serving], ['deployed', 4])
  })

  it('keeps what else the host had to say of it, in order', () => {
    const told: Told[] = [
      ...confirmed,
      ['note', 'its hook notify exited with status 1'],
      ['note', 'and more'],
      ['done', '4'],
    ]
    assert.deepEqual(ended(...told).notes, ['its hook notify exited with status 1', 'and more'])
    const failed = ended(['failed', 'no'], ['note', 'the database stays changed'], ['reverted', '3'])
    assert.deepEqual([failed.result, failed.notes], ['failed', ['the database stays changed']])
  })

  it('is a failure with the reason and the journal; the old release serves', () => {
    const told: Told[] = [...begun, ['failed', 'GET / answered 500'], ['journal', 'panic'], ['reverted', '3']]
    assert.deepEqual(ended(...told), {
      ...base,
      result: 'failed',
      serving: 3,
      reason: 'GET / answered 500',
      journal: 'panic',
    })
    assert.deepEqual(lost(...told), ended(...told))
  })

  it('is a failure where it was active, but nobody confirmed it', () => {
    const reason = 'nobody confirmed it over a new login within 30 s'
    assert.deepEqual(ended(...begun, ['active', '4'], ['failed', reason], ['reverted', '3']), {
      ...base,
      result: 'failed',
      serving: 3,
      reason,
    })
  })

  it('is a failure where it was confirmed, but turned bad while it was watched', () => {
    const reason = 'it turned unhealthy after it was confirmed; GET / answered 500'
    const told: Told[] = [
      ...confirmed,
      ['watching', '60'],
      ['failed', reason],
      ['journal', 'panic'],
      ['reverted', '3'],
    ]
    assert.deepEqual(ended(...told), { ...base, result: 'failed', serving: 3, reason, journal: 'panic' })
  })

  it('is a failure where it was done, but taken back for another host', () => {
    const outcome = ended(...confirmed, ['done', '4'], ['failed', 'all or nothing'], ['reverted', '3'])
    assert.deepEqual(outcome, { ...base, result: 'failed', serving: 3, reason: 'all or nothing' })
  })

  it('is a failure where it was done, but could not be taken back', () => {
    const outcome = ended(
      ...confirmed,
      ['done', '4'],
      ['failed', 'all or nothing'],
      ['revert-failed', 'exited'],
    )
    assert.deepEqual([outcome.result, outcome.serving], ['failed', null])
    assert.equal(outcome.reason, 'all or nothing; putting back the old one failed too: exited')
  })

  it('is a failure where the host refuses', () => {
    const outcome = { ...base, result: 'failed', serving: 3, reason: 'port 80 is taken' }
    assert.deepEqual(ended(['refused', 'port 80 is taken']), outcome)
    assert.deepEqual(lost(['refused', 'port 80 is taken']), outcome)
  })

  it('names what serves where another deploy came first', () => {
    const { serving, result } = ended(['serving', '7'], ['refused', 'another deploy came first'])
    assert.deepEqual([result, serving], ['failed', 7])
  })

  it('of a first release that fails leaves nothing', () => {
    const first = { ...WEB, to: 1, from: null }
    const told = events('web', ['starting', '1'], ['failed', 'no'], ['reverted'])
    assert.deepEqual(outcomeOf('nixie', first, told, true), {
      ...base,
      release: 1,
      previous: null,
      result: 'failed',
      serving: null,
      reason: 'no',
    })
  })

  it('does not promise the old release where putting it back failed too', () => {
    assert.deepEqual(
      ended(...begun, ['failed', 'exited'], ['journal', 'panic'], ['revert-failed', 'killed']),
      {
        ...base,
        result: 'failed',
        serving: null,
        reason: 'exited; putting back the old one failed too: killed',
        journal: 'panic',
      },
    )
  })

  it('is a failure that was not put back, where the host says why', () => {
    assert.deepEqual(
      ended(...begun, ['failed', 'exited'], ['journal', 'panic'], ['left', 'its config wants that']),
      {
        ...base,
        result: 'failed',
        serving: null,
        reason: 'exited',
        journal: 'panic',
        left: 'its config wants that',
      },
    )
  })

  it('tells what the host put back, whatever was expected', () => {
    assert.equal(ended(['failed', 'no'], ['reverted', '2']).serving, 2)
    const { serving, byHand } = ended(['failed', 'no'], ['reverted', 'web.service'])
    assert.deepEqual([serving, byHand], [null, 'web.service'])
  })

  for (const [when, told] of [
    ['before it began', []],
    ['while it started', begun],
    ['while it was active', [...begun, ['active', '4']]],
    ['while it was put back', [...begun, ['failed', 'GET / answered 500'], ['journal', 'panic']]],
  ] as [string, Told[]][]) {
    it(`is unknown where the host was lost ${when}`, () => {
      assert.deepEqual(lost(...told), {
        ...base,
        result: 'unknown',
        serving: null,
        reason:
          'the host was lost before it told how it ended; unless it was confirmed, the host puts back what was there by itself',
        journal: told.length === 4 ? 'panic' : null,
      })
    })
  }

  for (const [when, told] of [
    ['after it was confirmed', confirmed],
    ['while it was watched', [...confirmed, ['watching', '60']]],
  ] as [string, Told[]][]) {
    it(`is unknown where the host was lost ${when}, and says that it was confirmed`, () => {
      assert.deepEqual(lost(...told), {
        ...base,
        result: 'unknown',
        serving: null,
        reason: 'the host was lost before it told how it ended; the host had confirmed it',
      })
    })
  }

  it('is a failure where the host ended without a word of it', () => {
    assert.deepEqual(ended(), {
      ...base,
      result: 'failed',
      serving: 3,
      reason: 'the host did not begin with it',
    })
  })

  it('does not mix up items', () => {
    const told = [
      ...events('mail', ['done', '9'], ['journal', 'mail']),
      ...events('web', ['failed', 'no'], ['reverted', '3']),
      ...events('', ['waiting', '30']),
      ...events('box', ['failed', 'box'], ['reverted', '7'], ['reboot-needed']),
    ]
    assert.deepEqual(outcomeOf('nixie', WEB, told, true), {
      ...base,
      result: 'failed',
      serving: 3,
      reason: 'no',
    })
  })

  it('of a system tells the generation that the host gave it', () => {
    const told = events('box', ['starting', BOX.to], ['active', '8'], ['confirmed'], ['done', BOX.to])
    assert.deepEqual(outcomeOf('nixie', BOX, told, true), {
      ...base,
      kind: 'system',
      name: 'box',
      release: 8,
      previous: 7,
      result: 'deployed',
      serving: 8,
      reason: null,
    })
  })

  it('of a system whose kernel changed tells that it wants a reboot', () => {
    const told = events('box', ['active', '8'], ['reboot-needed'], ['confirmed'], ['done', BOX.to])
    assert.deepEqual(outcomeOf('nixie', BOX, told, true).notes, [
      'its kernel comes into use with the next reboot',
    ])
  })

  it('of a system that failed before it was active has no number', () => {
    const told = events('box', ['starting', BOX.to], ['failed', 'status 1'], ['reverted', '7'])
    const { result, release, previous, serving } = outcomeOf('nixie', BOX, told, true)
    assert.deepEqual([result, release, previous, serving], ['failed', null, 7, 7])
  })
})
