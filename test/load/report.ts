import type { Progress, Reason } from './fault.js'

/** The kinds of traffic. */
export const KINDS = ['keepAlive', 'fresh', 'slow', 'upload', 'webSocket', 'events'] as const
export type KindName = (typeof KINDS)[number]

/** A request that failed. Times are milliseconds since 1970, with fractions. */
export interface Failure {
  kind: KindName
  number: number
  reason: Reason
  error: string
  sentAt: number
  failedAt: number
  /** The phase it was sent in. */
  phase: string
  /** Absent where no connection was made. */
  progress: Progress | undefined
}

/** A stream that stopped without having been ended. */
export interface Cut {
  kind: KindName
  /** The number of the request that opened it. */
  number: number
  release: string
  reason: Reason
  error: string
  openedAt: number
  cutAt: number
  /** Messages and events that had come. */
  messages: number
}

/** The answers of one release. */
export interface ReleaseCount {
  answered: number
  firstSentAt: number
  lastSentAt: number
  firstAnsweredAt: number
  lastAnsweredAt: number
}

/** What came from a release, events of streams included. */
export interface HeardCount {
  count: number
  firstAt: number
  lastAt: number
}

/** How streams went. In a whole report, opened = ended + cut + closed. */
export interface StreamCount {
  opened: number
  /** The service said that it ends, and ended. */
  ended: number
  /** Anything else that the service or something before it did. */
  cut: number
  /** By the load itself. */
  closed: number
}

/** Milliseconds from sending to the whole answer; for streams, to its first message. NaN where nothing was answered. */
export interface Latency {
  p50: number
  p99: number
  max: number
}

/** What happened to one kind of traffic. In a whole report, sent = answered + failed. */
export interface KindReport {
  sent: number
  answered: number
  failed: number
  /** Messages sent once more since their stream ended before they were answered. */
  resent: number
  /** Every failure; only the first {@link MOST_LISTED} where there are more. */
  failures: Failure[]
  failedBy: Partial<Record<Reason, number>>
  streams: StreamCount
  cuts: Cut[]
  /**
   * By the release that answered; of requests that were sent in this phase. Messages on a WebSocket are not among
   * them: who answers those was decided when it was opened.
   */
  byRelease: Record<string, ReleaseCount>
  /** By release; of what came in this phase, whenever it was asked for. */
  heard: Record<string, HeardCount>
  latency: Latency
  /** Answers a second. */
  throughput: number
}

/** The most failures and cuts that are listed one by one, of a kind in a phase. All are counted. */
export const MOST_LISTED = 10_000

/** All kinds, and their sum. */
export interface Counts {
  kinds: Partial<Record<KindName, KindReport>>
  all: KindReport
}

/** The time from one mark to the next. A request belongs to the phase it was sent in. */
export interface PhaseReport extends Counts {
  label: string
  from: number
  to: number
}

/** Everything that happened. */
export interface LoadReport extends Counts {
  from: number
  /** When no more requests were sent. */
  to: number
  phases: PhaseReport[]
  /** Streams that are open, by release; none in the report of a load that was stopped. */
  open: Record<string, number>
  /** TCP connections made. */
  connections: number
  /** The share of the time in which the load generator was at work: near 1, it is what limits the load. */
  busy: number
  /** The share of one processor that it used. */
  cpu: number
}
