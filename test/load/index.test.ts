import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  assertAnsweredBy,
  assertHeardFrom,
  assertNothingLost,
  FIRST_PHASE,
  type Load,
  type LoadReport,
  startLoad,
} from './index.js'
import { startServer } from './server.js'

async function reaches(load: Load, enough: (report: LoadReport) => boolean): Promise<void> {
  while (!enough(await load.report())) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('startLoad', { timeout: 60_000 }, () => {
  it('tells which release answers, from which moment on', async () => {
    const server = await startServer()
    const load = await startLoad({
      address: '127.0.0.1',
      port: server.port,
      domain: 'app.example.test',
      path: '/app/',
      kinds: { keepAlive: { workers: 3, rate: 300 }, fresh: { workers: 2, rate: 100 } },
    })
    await reaches(load, ({ all }) => (all.byRelease.one?.answered ?? 0) > 20)
    const switching = await load.mark('switching')
    server.release = 'two'
    const switched = await load.mark('switched')
    await reaches(load, ({ all }) => (all.byRelease.two?.answered ?? 0) > 20)
    const report = await load.stop()
    await server.close()

    assert.deepEqual(
      report.phases.map(({ label, from }) => [label, from]),
      [
        [FIRST_PHASE, report.from],
        ['switching', switching],
        ['switched', switched],
      ],
    )
    assert.equal(report.all.sent, server.seen['app/echo']?.length)
    assertNothingLost(report)
    assertAnsweredBy(report, ['one', 'two'])
    assertAnsweredBy(report, ['two'], { since: 'switched' })
    assertHeardFrom(report, ['one'], { during: FIRST_PHASE })
    assert.throws(
      () => assertAnsweredBy(report, ['two']),
      /only two should answer:\nin 'start', one answered/,
    )
    assert.throws(
      () => assertAnsweredBy(report, ['one'], { since: 'switched' }),
      /in 'switched', two answered/,
    )
    assert.equal(await load.stop(), report, 'it can be stopped again')
    await assert.rejects(load.mark('late'), /gone|channel|closed/i)
  })

  it('refuses what cannot be meant', async () => {
    await assert.rejects(startLoad({ address: '127.0.0.1', domain: 'a', kinds: {} }), RangeError)
  })
})
