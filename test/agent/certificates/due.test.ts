import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDue, matches, mustWait, nextAttempt } from '../../../src/agent/certificates/due.js'
import type { ProblemKind } from '../../../src/agent/certificates/problem.js'
import type { Facts } from '../../../src/agent/certificates/state-schema.js'
import type { Tls } from '../../../src/contract/service.js'

const DAY = 86_400
const HOUR = 3_600
const NOW = 1_800_000_000
const LOCAL: Tls = { from: 'local', hstsSeconds: 0 }
const ACME: Tls = { from: 'acme', hstsSeconds: 0, server: 'https://a.example/d', challenge: 'http' }

/** A certificate with so many days behind and before it. */
const facts = (
  behind: number,
  left: number,
  from: Facts['from'] = 'local',
  server: string | null = null,
): Facts => ({
  version: 1,
  notBefore: NOW - behind * DAY,
  notAfter: NOW + left * DAY,
  issuer: null,
  from,
  server,
})

describe('matches', () => {
  it('is so of a certificate from where it is wanted from', () => {
    assert.ok(matches(facts(1, 89), LOCAL))
    assert.ok(matches(facts(1, 89, 'acme', 'https://a.example/d'), ACME))
  })
  it('is not so of one from elsewhere, or of none', () => {
    assert.ok(!matches(facts(1, 89), ACME))
    assert.ok(!matches(facts(1, 89, 'acme', 'https://b.example/d'), ACME))
    assert.ok(!matches(undefined, LOCAL))
  })
})

describe('isDue', () => {
  const due = (given: Facts | undefined, tls: Tls = LOCAL, revoked = false) =>
    isDue({ facts: given, failure: undefined, revoked }, tls, NOW)

  it('is so with a third of its time left', () => {
    assert.equal(due(facts(59, 31)), false)
    assert.equal(due(facts(61, 29)), true)
  })
  it('counts a third of short times, too', () => {
    assert.equal(due(facts(3, 3)), false)
    assert.equal(due(facts(5, 1)), true)
  })
  it('is so when it has expired', () => assert.equal(due(facts(90, -1)), true))
  it('is so when there is none', () => assert.equal(due(undefined), true))
  it('is so when it is from elsewhere', () => assert.equal(due(facts(1, 89), ACME), true))
  it('is so when it was revoked', () => assert.equal(due(facts(1, 89), LOCAL, true), true))
})

describe('mustWait', () => {
  const failure = (kind: ProblemKind, next: number | null) => ({
    version: 1 as const,
    kind,
    failures: 1,
    next,
    problem: '',
  })

  it('is so while a pause is not over', () => {
    assert.equal(mustWait(failure('challenge', NOW + 1), undefined, NOW), true)
    assert.equal(mustWait(failure('challenge', NOW), undefined, NOW), false)
    assert.equal(mustWait(failure('dns', null), undefined, NOW), false)
    assert.equal(mustWait(undefined, undefined, NOW), false)
  })
  it('is not so of a person who asks, unless a server said so', () => {
    for (const asked of ['asked', 'force'] as const) {
      assert.equal(mustWait(failure('challenge', NOW + HOUR), asked, NOW), false)
      assert.equal(mustWait(failure('rate-limit', NOW + HOUR), asked, NOW), true)
    }
  })
  it('is not so for weeks: then a clock has jumped', () => {
    assert.equal(mustWait(failure('rate-limit', NOW + 8 * DAY), undefined, NOW), true)
    assert.equal(mustWait(failure('rate-limit', NOW + 9 * DAY), undefined, NOW), false)
  })
})

describe('nextAttempt', () => {
  /** Hours until the next attempt after so many failures. */
  const pause = (failures: number, kind: ProblemKind, from: Tls['from'] = 'acme', retryAt = 0) => {
    const next = nextAttempt(from, { kind, retryAt }, failures, NOW)
    return next === null ? 0 : (next - NOW) / HOUR
  }

  it('comes after longer and longer pauses, up to a day', () => {
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6, 51, 5000].map((failures) => pause(failures, 'challenge')),
      [1, 2, 4, 8, 16, 24, 24, 24],
    )
  })
  it('comes when the server says, but not before', () => {
    assert.equal(pause(1, 'rate-limit', 'acme', NOW + 100 * HOUR), 100)
    assert.equal(pause(1, 'rate-limit', 'acme', NOW + 60), 1)
  })
  it('comes at the next look where nobody was bothered', () => {
    for (const kind of ['dns', 'clock', 'tool'] as const) assert.equal(pause(4, kind), 0)
    assert.equal(pause(4, 'file', 'files'), 0)
    assert.equal(pause(1, 'file'), 1)
  })
})
