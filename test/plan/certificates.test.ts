import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CertificateReport } from '../../src/contract/report.js'
import { type CertificateState, certificateState } from '../../src/plan/certificates.js'

const NOW = Date.UTC(2026, 0, 31, 12) / 1000
const DAY = 86_400

/** A good certificate of 90 days, got 30 days ago. */
function certificate(own: Partial<CertificateReport> = {}): CertificateReport {
  return {
    domain: 'example.com',
    from: 'acme',
    server: 'https://acme.example/directory',
    issuer: 'E7',
    notBefore: NOW - 30 * DAY,
    notAfter: NOW + 60 * DAY,
    matches: true,
    revoked: false,
    problem: null,
    kind: null,
    failures: 0,
    next: null,
    ...own,
  }
}

const NONE = { notBefore: null, notAfter: null, matches: false }
const AGAIN = 'slipway certificates renew example.com'
const LATER = NOW + 2 * 3600

describe('certificateState', () => {
  for (const [what, own, state] of [
    ['is good while it has long to go', {}, { level: 'good', text: 'expires 2026-04-01 (in 60 d)' }],
    [
      'is late within its last 14 days',
      { notBefore: NOW - 77 * DAY, notAfter: NOW + 13 * DAY },
      { level: 'late', text: 'expires 2026-02-13 (in 13 d), and was not renewed', fix: AGAIN },
    ],
    [
      'is good for most of the life of a short one',
      { notBefore: NOW - 4 * DAY, notAfter: NOW + 2 * DAY },
      { level: 'good', text: 'expires 2026-02-02 (in 2 d)' },
    ],
    [
      'is late in the last quarter of a short one',
      { notBefore: NOW - 5 * DAY, notAfter: NOW + DAY },
      { level: 'late', text: 'expires 2026-02-01 (in 1 d), and was not renewed', fix: AGAIN },
    ],
    [
      'tells why it could not be renewed so far, and when it is tried again',
      { problem: 'it is down', kind: 'unreachable', next: LATER },
      {
        level: 'good',
        text: 'expires 2026-04-01 (in 60 d), not renewed yet: it is down; tried again after 2026-01-31 14:00 UTC',
      },
    ],
    [
      'is bad once it has expired',
      { notAfter: NOW },
      { level: 'bad', text: 'expired on 2026-01-31', fix: AGAIN },
    ],
    [
      'is bad once it is revoked',
      { revoked: true },
      { level: 'bad', text: 'revoked by its issuer', fix: AGAIN },
    ],
    [
      'is late while it is from somewhere else',
      { matches: false },
      { level: 'late', text: 'expires 2026-04-01 (in 60 d), still from where it was before', fix: AGAIN },
    ],
    [
      'is bad where there is none yet',
      NONE,
      { level: 'bad', text: 'none yet; it is served over HTTP', fix: AGAIN },
    ],
    [
      'says what to do about DNS',
      { ...NONE, problem: 'DNS has no address for example.com', kind: 'dns' },
      {
        level: 'bad',
        text: 'none: DNS has no address for example.com; it is served over HTTP; tried again within the hour',
        fix: `point example.com to this host, then: ${AGAIN}`,
      },
    ],
    [
      'says who must renew what the user brought',
      { from: 'files', notAfter: NOW + DAY },
      {
        level: 'late',
        text: 'expires 2026-02-01 (in 1 d), and was not renewed',
        fix: 'put a newer certificate in its place on the host',
      },
    ],
  ] as [string, Partial<CertificateReport>, CertificateState][]) {
    it(what, () => assert.deepEqual(certificateState(certificate(own), NOW), state))
  }
})
