import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assertAnsweredBy, assertHeardFrom, assertNothingLost } from './assert.js'
import { Fault } from './fault.js'
import { createLedger } from './ledger.js'
import { reportText } from './text.js'

const counts = <KEY extends string>(of: Record<string, { [key in KEY]: number }>, key: KEY) =>
  Object.fromEntries(Object.entries(of).map(([name, count]) => [name, count[key]]))

describe('the ledger', () => {
  it('counts a request where it was sent, and what is heard when it comes', () => {
    const ledger = createLedger(['keepAlive', 'fresh'])
    const first = ledger.send('keepAlive')
    const second = ledger.send('fresh')
    ledger.answer(first, 'one')
    ledger.mark('deployed')
    ledger.answer(second, 'one')
    ledger.answer(ledger.send('keepAlive'), 'two')
    const report = ledger.settle()
    const [start, deployed] = report.phases
    assert.ok(start && deployed)
    assert.deepEqual([first.number, second.number], [1, 2])
    assert.deepEqual([report.all.sent, report.all.answered, report.all.failed], [3, 3, 0])
    assert.deepEqual([start.all.sent, deployed.all.sent], [2, 1])
    assert.deepEqual(counts(start.all.byRelease, 'answered'), { one: 2 })
    assert.deepEqual(counts(deployed.all.byRelease, 'answered'), { two: 1 })
    assert.deepEqual(counts(start.all.heard, 'count'), { one: 1 })
    assert.deepEqual(counts(deployed.all.heard, 'count'), { one: 1, two: 1 })
    assert.deepEqual(counts(report.all.byRelease, 'answered'), { one: 2, two: 1 })
    const { firstSentAt = 0, lastSentAt = 0, lastAnsweredAt = 0 } = report.all.byRelease.one ?? {}
    assert.equal(firstSentAt, first.sentAt)
    assert.equal(lastSentAt, second.sentAt)
    assert.ok(lastAnsweredAt >= deployed.from)
    assert.ok(Number.isNaN(deployed.kinds.fresh?.latency.p50))
    assert.ok((report.all.latency.max ?? 0) >= 0)
    assertNothingLost(report)
    assertAnsweredBy(report, ['one', 'two'])
    assertAnsweredBy(report, ['one'], { during: 'start' })
    assertAnsweredBy(report, ['two'], { since: 'deployed' })
    assert.throws(() => assertAnsweredBy(report, ['two']), /in 'start', one answered: keepAlive, 1 requests/)
    assert.throws(
      () => assertHeardFrom(report, ['two'], { during: 'deployed' }),
      /one was heard: fresh, 1 answers/,
    )
    assert.throws(
      () => assertAnsweredBy(report, ['two'], { during: 'later' }),
      /no phase 'later', but start, deployed/,
    )
  })

  it('lists what failed, and how far it got', () => {
    const ledger = createLedger(['upload'])
    const fault = new Fault('reset', 'ECONNRESET')
    fault.progress = { reused: true, bytesSent: 300, bytesReceived: 0 }
    const ticket = ledger.send('upload')
    ledger.fail(ticket, fault)
    ledger.fail(ledger.send('upload'), new Fault('connect', 'ECONNREFUSED'))
    const report = ledger.settle()
    const { sent, answered, failed, failedBy, failures } = report.all
    assert.deepEqual(
      { sent, answered, failed, failedBy },
      { sent: 2, answered: 0, failed: 2, failedBy: { reset: 1, connect: 1 } },
    )
    const { sentAt, failedAt, ...failure } = failures[0] ?? assert.fail('a failure')
    assert.deepEqual(failure, {
      kind: 'upload',
      number: 1,
      reason: 'reset',
      error: 'ECONNRESET',
      phase: 'start',
      progress: { reused: true, bytesSent: 300, bytesReceived: 0 },
    })
    assert.ok(failedAt >= sentAt && sentAt === ticket.sentAt)
    assert.throws(
      () => assertNothingLost(report),
      /2 requests failed, 0 streams were cut:\n.* upload 1 reset: ECONNRESET/,
    )
    assert.throws(() => assertAnsweredBy(report, ['one']), /nothing answered in 'start'/)
    assert.match(reportText(report), /300 bytes sent, 0 received, over a used connection/)
  })

  it('tells streams that ended from those that were cut, and those that are open', () => {
    const ledger = createLedger(['events'])
    const open = (release: string) => {
      const ticket = ledger.send('events')
      ledger.answer(ticket, release)
      return ledger.open(ticket, release)
    }
    const [ended, cut, closed] = [open('one'), open('one'), open('two')]
    ledger.message(cut)
    ledger.close(ended, 'ended')
    ledger.cut(cut, new Fault('truncated', 'closed'))
    assert.deepEqual(ledger.report().open, { two: 1 })
    assert.throws(() => ledger.settle(), /every stream is over/)
    ledger.close(closed, 'closed')
    const report = ledger.settle()
    assert.deepEqual(report.all.streams, { opened: 3, ended: 1, cut: 1, closed: 1 })
    const [{ number, release, messages, reason } = assert.fail('a cut')] = report.all.cuts
    assert.deepEqual(
      { number, release, messages, reason },
      { number: 2, release: 'one', messages: 1, reason: 'truncated' },
    )
    assert.deepEqual(counts(report.all.heard, 'count'), { one: 3, two: 1 })
    assert.throws(
      () => assertNothingLost(report),
      /0 requests failed, 1 streams were cut:\n.* events 2 cut, truncated/,
    )
  })

  it('moves a message that is sent again to the phase it is sent in', () => {
    const ledger = createLedger(['webSocket'])
    const message = ledger.send('webSocket')
    ledger.mark('deployed')
    ledger.resend(message)
    ledger.answer(message, 'two')
    const report = ledger.settle()
    assert.deepEqual(
      report.phases.map(({ all: { sent, answered, resent } }) => [sent, answered, resent]),
      [
        [0, 0, 0],
        [1, 1, 1],
      ],
    )
    assertAnsweredBy(report, ['two'], { since: 'deployed' })
  })

  it('counts a message on a stream for what is heard, not for who is chosen to answer', () => {
    const ledger = createLedger(['webSocket'])
    const opening = ledger.send('webSocket')
    ledger.answer(opening, 'one')
    const stream = ledger.open(opening, 'one')
    ledger.mark('deployed')
    ledger.answerOn(stream, ledger.send('webSocket'))
    ledger.answer(ledger.send('webSocket'), 'two')
    ledger.close(stream, 'closed')
    const report = ledger.settle()
    assert.deepEqual([report.all.answered, stream.messages], [3, 1])
    assertAnsweredBy(report, ['two'], { since: 'deployed' })
    assert.throws(
      () => assertHeardFrom(report, ['two'], { since: 'deployed' }),
      /one was heard: webSocket, 1/,
    )
  })

  it('refuses what would make the account wrong', () => {
    const ledger = createLedger(['fresh'])
    const ticket = ledger.send('fresh')
    assert.throws(() => ledger.settle(), /every request is settled/)
    ledger.answer(ticket, 'one')
    assert.throws(() => ledger.fail(ticket, new Fault('reset', 'late')), /request 1 is settled once/)
    assert.throws(() => ledger.mark('start'), /'start' was marked before/)
    ledger.stopped()
    assert.throws(() => ledger.send('fresh'), /nothing is sent after the stop/)
  })

  it('does not take a kind that was not answered for one that went well', () => {
    assert.throws(() => assertNothingLost(createLedger(['slow']).settle()), /no slow was answered/)
  })
})
