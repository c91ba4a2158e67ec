import assert from 'node:assert/strict'
import {
  type Account,
  countCut,
  countFailure,
  countHeard,
  countLatency,
  countRelease,
  createAccount,
  reportOf,
  sum,
} from './account.js'
import type { Fault } from './fault.js'
import { type Counts, KINDS, type KindName, type LoadReport } from './report.js'

/** The label of the phase before the first mark. */
export const FIRST_PHASE = 'start'

interface Phase {
  label: string
  from: number
  accounts: Partial<Record<KindName, Account>>
}

/** A request that was sent and not settled yet. */
export interface Ticket {
  readonly kind: KindName
  readonly number: number
  /** When it was first sent. */
  readonly startedAt: number
  /** When it was last sent. */
  sentAt: number
  phase: Phase
}

/** A stream that is open. */
export interface OpenStream {
  readonly kind: KindName
  readonly number: number
  readonly release: string
  readonly openedAt: number
  messages: number
}

/** Counts what happens; nothing is counted anywhere else. */
export interface Ledger {
  /**
   * Gives a request its number. From here on it has to be answered or fail. After the stop, only what an
   * outstanding request needs is sent.
   */
  send(kind: KindName, neededBy?: Ticket): Ticket
  /** The same request goes out once more. */
  resend(ticket: Ticket): void
  answer(ticket: Ticket, release: string): void
  /** The request was a message on a stream, whose release was chosen when the stream was opened. */
  answerOn(stream: OpenStream, ticket: Ticket): void
  fail(ticket: Ticket, fault: Fault): void
  connected(): void
  open(ticket: Ticket, release: string): OpenStream
  /** An event came that no request asked for by itself. */
  message(stream: OpenStream): void
  close(stream: OpenStream, how: 'ended' | 'closed'): void
  cut(stream: OpenStream, fault: Fault): void
  /** Starts a phase; returns when. */
  mark(label: string): number
  /** No request is sent from now on. */
  stopped(): void
  report(): LoadReport
  /** The last report; throws if something is unaccounted for. */
  settle(): LoadReport
}

export function createLedger(kinds: readonly KindName[]): Ledger {
  const from = now()
  let current: Phase = { label: FIRST_PHASE, from, accounts: {} }
  const phases = [current]
  const outstanding = new Set<Ticket>()
  const streams = new Set<OpenStream>()
  const workedBefore = performance.eventLoopUtilization()
  const usedBefore = process.cpuUsage()
  let stoppedAt: number | undefined
  let connections = 0
  let numbers = 0

  const account = (phase: Phase, kind: KindName): Account => {
    phase.accounts[kind] ??= createAccount()
    return phase.accounts[kind]
  }
  const settled = (ticket: Ticket) => {
    assert.ok(outstanding.delete(ticket), `request ${ticket.number} is settled once`)
  }
  const left = (stream: OpenStream) => {
    assert.ok(streams.delete(stream), `stream ${stream.number} ends once`)
  }

  /** Counts an answer, but for who gave it. */
  const answered = (ticket: Ticket, release: string): { sentIn: Account; at: number } => {
    settled(ticket)
    const at = now()
    const sentIn = account(ticket.phase, ticket.kind)
    sentIn.answered += 1
    countLatency(sentIn, at - ticket.startedAt)
    countHeard(account(current, ticket.kind), release, at)
    return { sentIn, at }
  }

  const ledger: Ledger = {
    send: (kind, neededBy) => {
      assert.ok(stoppedAt === undefined || neededBy !== undefined, 'nothing is sent after the stop')
      numbers += 1
      const at = now()
      const ticket: Ticket = { kind, number: numbers, startedAt: at, sentAt: at, phase: current }
      outstanding.add(ticket)
      account(current, kind).sent += 1
      return ticket
    },
    resend: (ticket) => {
      account(ticket.phase, ticket.kind).sent -= 1
      ticket.phase = current
      ticket.sentAt = now()
      const { kind } = ticket
      account(current, kind).sent += 1
      account(current, kind).resent += 1
    },
    answer: (ticket, release) => {
      const { sentIn, at } = answered(ticket, release)
      countRelease(sentIn, release, ticket.sentAt, at)
    },
    answerOn: (stream, ticket) => {
      answered(ticket, stream.release)
      stream.messages += 1
    },
    fail: (ticket, fault) => {
      settled(ticket)
      const { kind, number, sentAt, phase } = ticket
      countFailure(account(phase, kind), {
        kind,
        number,
        reason: fault.reason,
        error: fault.message,
        sentAt,
        failedAt: now(),
        phase: phase.label,
        progress: fault.progress,
      })
    },
    connected: () => {
      connections += 1
    },
    open: ({ kind, number }, release) => {
      const stream: OpenStream = { kind, number, release, openedAt: now(), messages: 0 }
      streams.add(stream)
      account(current, kind).streams.opened += 1
      return stream
    },
    message: (stream) => {
      stream.messages += 1
      countHeard(account(current, stream.kind), stream.release, now())
    },
    close: (stream, how) => {
      left(stream)
      account(current, stream.kind).streams[how] += 1
    },
    cut: (stream, fault) => {
      left(stream)
      const { kind, number, release, openedAt, messages } = stream
      const { reason, message: error } = fault
      countCut(account(current, kind), {
        kind,
        number,
        release,
        reason,
        error,
        openedAt,
        cutAt: now(),
        messages,
      })
    },
    mark: (label) => {
      assert.ok(!phases.some((phase) => phase.label === label), `'${label}' was marked before`)
      current = { label, from: now(), accounts: {} }
      phases.push(current)
      return current.from
    },
    stopped: () => {
      stoppedAt ??= now()
    },
    report: () => {
      const to = stoppedAt ?? now()
      const counts = (of: readonly Phase[], milliseconds: number): Counts => {
        const byKind = KINDS.filter((kind) => kinds.includes(kind)).map(
          (kind) => [kind, sum(of.map((phase) => account(phase, kind)))] as const,
        )
        return {
          kinds: Object.fromEntries(byKind.map(([kind, total]) => [kind, reportOf(total, milliseconds)])),
          all: reportOf(sum(byKind.map(([, total]) => total)), milliseconds),
        }
      }
      const open: Record<string, number> = {}
      for (const { release } of streams) open[release] = (open[release] ?? 0) + 1
      const used = process.cpuUsage(usedBefore)
      return {
        from,
        to,
        ...counts(phases, to - from),
        phases: phases.map((phase, index) => {
          const end = phases[index + 1]?.from ?? to
          return { label: phase.label, from: phase.from, to: end, ...counts([phase], end - phase.from) }
        }),
        open,
        connections,
        busy: performance.eventLoopUtilization(workedBefore).utilization,
        cpu: (used.user + used.system) / 1000 / (now() - from),
      }
    },
    settle: () => {
      assert.equal(outstanding.size, 0, 'every request is settled')
      assert.equal(streams.size, 0, 'every stream is over')
      const report = ledger.report()
      for (const { kinds: byKind, all } of [report, ...report.phases]) {
        for (const part of [all, ...Object.values(byKind)]) {
          assert.equal(part.sent, part.answered + part.failed, 'sent = answered + failed')
        }
      }
      for (const { streams: count } of [report.all, ...Object.values(report.kinds)]) {
        assert.equal(count.opened, count.ended + count.cut + count.closed, 'opened = ended + cut + closed')
      }
      assert.equal(report.all.sent, numbers, 'every number is accounted for')
      return report
    },
  }
  return ledger
}

/** Milliseconds since 1970, by a clock that is never set. */
function now(): number {
  return performance.timeOrigin + performance.now()
}
