import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Reason } from './fault.js'
import {
  type Cut,
  type Failure,
  type HeardCount,
  type KindReport,
  MOST_LISTED,
  type ReleaseCount,
  type StreamCount,
} from './report.js'

/** Microseconds; what takes longer counts as this in percentiles (`max` is exact). */
const LONGEST_LATENCY = 600_000_000
/** Significant digits of percentiles. */
const LATENCY_DIGITS = 3

/** One kind of traffic in one phase, as it is counted. */
export interface Account {
  sent: number
  answered: number
  failed: number
  resent: number
  failures: Failure[]
  failedBy: Map<Reason, number>
  streams: StreamCount
  cuts: Cut[]
  byRelease: Map<string, ReleaseCount>
  heard: Map<string, HeardCount>
  latencies: RecordableHistogram
  longest: number
}

export function createAccount(): Account {
  return {
    sent: 0,
    answered: 0,
    failed: 0,
    resent: 0,
    failures: [],
    failedBy: new Map(),
    streams: { opened: 0, ended: 0, cut: 0, closed: 0 },
    cuts: [],
    byRelease: new Map(),
    heard: new Map(),
    latencies: createHistogram({ lowest: 1, highest: LONGEST_LATENCY, figures: LATENCY_DIGITS }),
    longest: 0,
  }
}

export function countRelease(account: Account, release: string, sentAt: number, answeredAt: number): void {
  const count: ReleaseCount = {
    answered: 1,
    firstSentAt: sentAt,
    lastSentAt: sentAt,
    firstAnsweredAt: answeredAt,
    lastAnsweredAt: answeredAt,
  }
  addRelease(account.byRelease, release, count)
}

export function countHeard(account: Account, release: string, at: number): void {
  const known = account.heard.get(release)
  if (known === undefined) account.heard.set(release, { count: 1, firstAt: at, lastAt: at })
  else {
    known.count += 1
    known.lastAt = at
  }
}

export function countLatency(account: Account, milliseconds: number): void {
  account.latencies.record(Math.min(LONGEST_LATENCY, Math.max(1, Math.round(milliseconds * 1000))))
  account.longest = Math.max(account.longest, milliseconds)
}

export function countFailure(account: Account, failure: Failure): void {
  account.failed += 1
  account.failedBy.set(failure.reason, (account.failedBy.get(failure.reason) ?? 0) + 1)
  if (account.failures.length < MOST_LISTED) account.failures.push(failure)
}

export function countCut(account: Account, cut: Cut): void {
  account.streams.cut += 1
  if (account.cuts.length < MOST_LISTED) account.cuts.push(cut)
}

/** The sum of accounts: of the phases of a kind, or of all kinds. */
export function sum(accounts: readonly Account[]): Account {
  const total = createAccount()
  for (const account of accounts) {
    for (const key of ['sent', 'answered', 'failed', 'resent'] as const) total[key] += account[key]
    for (const key of ['opened', 'ended', 'cut', 'closed'] as const)
      total.streams[key] += account.streams[key]
    total.failures = total.failures.concat(account.failures)
    total.cuts = total.cuts.concat(account.cuts)
    for (const [reason, count] of account.failedBy) {
      total.failedBy.set(reason, (total.failedBy.get(reason) ?? 0) + count)
    }
    for (const [release, count] of account.byRelease) addRelease(total.byRelease, release, count)
    for (const [release, count] of account.heard) addHeard(total.heard, release, count)
    total.latencies.add(account.latencies)
    total.longest = Math.max(total.longest, account.longest)
  }
  return total
}

/** The account as it is reported. */
export function reportOf(account: Account, milliseconds: number): KindReport {
  const { sent, answered, failed, resent, streams, latencies } = account
  const percentile = (percent: number) =>
    latencies.count === 0 ? Number.NaN : Math.min(account.longest, latencies.percentile(percent) / 1000)
  return {
    sent,
    answered,
    failed,
    resent,
    failures: [...account.failures].sort((a, b) => a.failedAt - b.failedAt),
    failedBy: Object.fromEntries(account.failedBy),
    streams: { ...streams },
    cuts: [...account.cuts].sort((a, b) => a.cutAt - b.cutAt),
    byRelease: Object.fromEntries(account.byRelease),
    heard: Object.fromEntries(account.heard),
    latency: {
      p50: percentile(50),
      p99: percentile(99),
      max: latencies.count === 0 ? Number.NaN : account.longest,
    },
    throughput: milliseconds > 0 ? (answered * 1000) / milliseconds : 0,
  }
}

function addRelease(to: Map<string, ReleaseCount>, release: string, count: ReleaseCount): void {
  const known = to.get(release)
  if (known === undefined) {
    to.set(release, { ...count })
    return
  }
  known.answered += count.answered
  known.firstSentAt = Math.min(known.firstSentAt, count.firstSentAt)
  known.lastSentAt = Math.max(known.lastSentAt, count.lastSentAt)
  known.firstAnsweredAt = Math.min(known.firstAnsweredAt, count.firstAnsweredAt)
  known.lastAnsweredAt = Math.max(known.lastAnsweredAt, count.lastAnsweredAt)
}

function addHeard(to: Map<string, HeardCount>, release: string, count: HeardCount): void {
  const known = to.get(release)
  if (known === undefined) {
    to.set(release, { ...count })
    return
  }
  known.count += count.count
  known.firstAt = Math.min(known.firstAt, count.firstAt)
  known.lastAt = Math.max(known.lastAt, count.lastAt)
}
