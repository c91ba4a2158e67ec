import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Reason } from './fault.js'
import { type Kinds, resolveOptions } from './options.js'
import type { KindReport, LoadReport } from './report.js'
import { run } from './run.js'
import { bodyOf, type Call, startServer, type TestServer, uploadAnswer, type Wrongs } from './server.js'

/** How often something goes wrong, and how often it has to before a load stops. */
const EVERY = 5
const TIMES = 3

/** Short, for tests in which an answer never comes, in ms. */
const SHORT_TIMEOUT = 150

type Until = (report: LoadReport, server: TestServer) => boolean

/** Puts a load on a server that does wrong, until it is enough. */
async function load(kinds: Kinds, wrongs: Wrongs, until: Until, timeout?: number) {
  const server = await startServer(wrongs)
  const options = { address: '127.0.0.1', port: server.port, domain: 'app.example.test', kinds }
  const running = run(resolveOptions(timeout === undefined ? options : { ...options, timeout }))
  try {
    while (!until(running.report(), server)) await pause()
  } finally {
    await running.stop().finally(server.close)
  }
  const seen = Object.values(server.seen).flat()
  return { report: await running.stop(), seen, server }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

/** Does something wrong every few requests, and notes which. */
function sometimes<CALL extends { nth: number }>(
  number: (call: CALL) => string,
  wrong: (call: CALL) => void,
) {
  const numbers: number[] = []
  const act = (call: CALL) => {
    if (call.nth % EVERY !== 0) return false
    numbers.push(Number(number(call)))
    wrong(call)
    return true
  }
  return { numbers, act }
}

const ofCall = ({ number }: Call) => number

/** The numbers of what failed, in order. */
function failed({ failures }: KindReport, reason: Reason): number[] {
  for (const failure of failures) assert.equal(failure.reason, reason, failure.error)
  return failures.map(({ number }) => number).sort((a, b) => a - b)
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)

const ANSWERS: [what: string, reason: Reason, wrong: (call: Call) => void, timeout?: number][] = [
  ['resets the connection', 'reset', ({ socket }) => socket.resetAndDestroy()],
  ['closes the connection', 'closed', ({ socket }) => socket.end()],
  [
    'ends in the head',
    'truncated',
    ({ socket }) => {
      socket.end('HTTP/1.1 200 O')
    },
  ],
  [
    'ends in the body',
    'truncated',
    ({ socket, number }) => {
      const head = `X-Release: one\r\nX-Request-Number: ${number}\r\nContent-Length: 9999`
      socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\nnumber=${number}\n`)
    },
  ],
  ['answers 502', 'status', ({ response }) => response.writeHead(502).end()],
  ['answers another number', 'number', ({ response }) => response.setHeader('X-Request-Number', 0).end()],
  [
    'answers no number',
    'number',
    ({ response }) => {
      response.removeHeader('X-Request-Number')
      response.end()
    },
  ],
  [
    'names no release',
    'release',
    ({ response }) => {
      response.removeHeader('X-Release')
      response.end()
    },
  ],
  ['answers another body', 'body', ({ response, number }) => response.end(`number=${number}\n?`)],
  ['answers an empty body', 'body', ({ response }) => response.end()],
  ['does not speak HTTP', 'protocol', ({ socket }) => socket.end('hello\r\n\r\n')],
  [
    'answers twice',
    'protocol',
    ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'.repeat(2)),
  ],
  ['does not answer', 'timeout', () => {}, SHORT_TIMEOUT],
]

describe('a load', { timeout: 60_000 }, () => {
  it('on a service that works: every request is sent once and answered', async () => {
    const kinds: Kinds = {
      keepAlive: { workers: 5 },
      fresh: { workers: 2 },
      slow: { workers: 2, for: 20 },
      upload: { bytes: 1_000_000 },
      webSocket: { workers: 3, every: 1 },
      events: { workers: 3, every: 5 },
    }
    const { report, seen, server } = await load(
      kinds,
      {},
      ({ kinds: by, all }) =>
        Object.values(by).every(({ answered }) => answered >= 3) &&
        (all.heard.one?.count ?? 0) > all.answered + 20,
    )
    const { all, kinds: by } = report
    const numbers = Array.from({ length: all.sent }, (_, index) => index + 1)
    assert.deepEqual(sorted(seen), numbers)
    assert.deepEqual([all.answered, all.failed, all.resent], [all.sent, 0, 0])
    assert.deepEqual(all.streams, { opened: 6, ended: 0, cut: 0, closed: 6 })
    assert.deepEqual(report.open, {})
    assert.equal(by.slow?.sent, server.seen.slow?.length)
    assert.equal(by.upload?.sent, server.seen.upload?.length)
    assert.equal(by.events?.sent, 3)
    assert.equal(by.webSocket?.sent, 3 + (server.seen.message?.length ?? 0))
    assert.equal((by.keepAlive?.sent ?? 0) + (by.fresh?.sent ?? 0), server.seen.echo?.length)
    assert.equal(all.byRelease.one?.answered, all.sent - (server.seen.message?.length ?? 0))
  })

  for (const kind of ['keepAlive', 'fresh'] as const) {
    for (const [what, reason, wrong, timeout] of ANSWERS) {
      it(`finds that a service ${what} (${kind})`, async () => {
        const { numbers, act } = sometimes(ofCall, wrong)
        const { report, seen } = await load(
          { [kind]: { workers: 2 } },
          { echo: act },
          ({ all }) => all.failed >= TIMES && all.answered > TIMES * EVERY,
          timeout,
        )
        assert.deepEqual(failed(report.all, reason), sorted(numbers))
        assert.equal(report.all.failedBy[reason], numbers.length)
        assert.equal(report.all.sent, seen.length)
        assert.equal(report.all.answered, seen.length - numbers.length)
        assert.ok(report.all.failures.every(({ progress }) => (progress?.bytesSent ?? 0) > 0))
      })
    }
  }

  it('finds that nobody listens', async () => {
    const server = await startServer()
    await server.close()
    const options = { address: '127.0.0.1', port: server.port, domain: 'app.example.test' }
    const running = run(
      resolveOptions({ ...options, kinds: { keepAlive: true, events: true, webSocket: true } }),
    )
    while (Object.values(running.report().kinds).some((kind) => kind.failed < TIMES)) await pause()
    const { all } = await running.stop()
    assert.deepEqual([all.sent, all.answered, all.failedBy], [all.failed, 0, { connect: all.failed }])
    assert.equal(all.failures[0]?.error, 'ECONNREFUSED')
    assert.equal(all.failures[0]?.progress, undefined)
  })

  it('connects anew where the service closes a connection and says so', async () => {
    const { report } = await load(
      { keepAlive: { workers: 2 } },
      { echo: ({ nth, response }) => nth % EVERY === 0 && !response.setHeader('Connection', 'close') },
      ({ connections }) => connections > 10,
    )
    assert.deepEqual([report.all.failed, report.all.answered], [0, report.all.sent])
  })

  it('waits for what is under way when it stops', async () => {
    const { report, seen } = await load(
      { slow: { workers: 3, for: 200, headers: 'last' } },
      {},
      (_, server) => server.seen.slow?.length === 3,
    )
    assert.deepEqual([report.all.sent, report.all.answered, seen.length], [3, 3, 3])
  })

  it('finds a slow answer that is cut between its parts', async () => {
    const { numbers, act } = sometimes(ofCall, ({ response, socket, number }) => {
      response.write(`number=${number}\n`, () => socket.end())
    })
    const { report } = await load(
      { slow: { workers: 2, for: 10, headers: 'first' } },
      { slow: act },
      ({ all }) => all.failed >= TIMES,
    )
    assert.deepEqual(failed(report.all, 'truncated'), sorted(numbers))
  })

  const BYTES = 3_000_000
  const UPLOADS: [what: string, reason: Reason, wrong: (call: Call) => void][] = [
    [
      'got other bytes',
      'body',
      async ({ request, response, number }) => {
        const body = await bodyOf(request)
        body[5] = (body[5] ?? 0) ^ 1
        response.end(uploadAnswer(number, body))
      },
    ],
    ['refuses it early', 'status', ({ response }) => response.writeHead(413).end()],
    ['cuts it', 'reset', ({ request, socket }) => request.once('data', () => socket.resetAndDestroy())],
  ]
  for (const [what, reason, wrong] of UPLOADS) {
    it(`finds that a service to which it uploads ${what}`, async () => {
      const { numbers, act } = sometimes(ofCall, wrong)
      const { report } = await load(
        { upload: { workers: 2, bytes: BYTES } },
        { upload: act },
        ({ all }) => all.failed >= TIMES,
      )
      assert.deepEqual(failed(report.all, reason), sorted(numbers))
      assert.equal(report.all.answered, report.all.sent - numbers.length)
    })
  }

  it('opens a WebSocket again that ended, and sends again what the end overtook', async () => {
    const { numbers, act } = sometimes<Parameters<NonNullable<Wrongs['message']>>[0]>(ofText, ({ socket }) =>
      socket.close(1001),
    )
    const { report, server } = await load(
      { webSocket: { workers: 2, every: 1 } },
      { message: act },
      ({ all }) => all.streams.ended >= TIMES,
    )
    const { all } = report
    assert.deepEqual([all.failed, all.streams.cut, all.streams.closed], [0, 0, 2])
    assert.equal(all.streams.ended, numbers.length)
    assert.equal(all.resent, numbers.length)
    assert.equal(
      all.sent,
      (server.seen.ws?.length ?? 0) + (server.seen.message?.length ?? 0) - numbers.length,
    )
  })

  const MESSAGES: [
    what: string,
    reason: Reason,
    cuts: boolean,
    wrong: (served: Served) => void,
    timeout?: number,
  ][] = [
    ['closes it with an error', 'closed', true, ({ socket }) => socket.close(1011)],
    ['closes it without a close frame', 'closed', true, ({ socket }) => socket.connection.end()],
    ['resets it', 'reset', true, ({ socket }) => socket.connection.resetAndDestroy()],
    ['does not answer', 'timeout', true, () => {}, SHORT_TIMEOUT],
    ['answers another message', 'number', false, ({ socket }) => socket.send('number=0 x')],
    ['changes a message', 'body', false, ({ socket, text }) => socket.send(`${text}?`)],
  ]
  for (const [what, reason, cuts, wrong, timeout] of MESSAGES) {
    it(`finds that a WebSocket's service ${what}`, async () => {
      const { numbers, act } = sometimes(ofText, wrong)
      const { report } = await load(
        { webSocket: { workers: 2, every: 1 } },
        { message: act },
        ({ all }) => all.failed >= TIMES,
        timeout,
      )
      assert.deepEqual(failed(report.all, reason), sorted(numbers))
      assert.equal(report.all.streams.cut, cuts ? numbers.length : 0)
      assert.ok(report.all.cuts.every((cut) => cut.reason === reason))
      assert.equal(report.all.streams.ended, 0)
    })
  }

  it('finds that a WebSocket brings a message twice', async () => {
    const { numbers, act } = sometimes(ofText, ({ socket, text }: Served) => {
      socket.send(text)
      socket.send(text)
    })
    const { report } = await load(
      { webSocket: { workers: 1, every: 20 } },
      { message: act },
      ({ all }) => all.streams.cut >= TIMES,
    )
    assert.equal(report.all.streams.cut, numbers.length)
    assert.deepEqual([...new Set(report.all.cuts.map(({ reason }) => reason))], ['protocol'])
  })

  it('finds that a stream cannot be opened', async () => {
    const events = sometimes(ofCall, ({ response }) => response.writeHead(502).end())
    const sockets = sometimes(ofCall, ({ socket }) =>
      socket.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
    )
    const { report } = await load(
      { events: { workers: EVERY }, webSocket: { workers: EVERY } },
      { events: events.act, ws: sockets.act },
      ({ kinds }) => kinds.events?.failed === 1 && kinds.webSocket?.failed === 1,
    )
    assert.deepEqual(failed(report.all, 'status'), sorted([...events.numbers, ...sockets.numbers]))
  })

  it('opens an event stream again that ended', async () => {
    const { report } = await load(
      { events: { workers: 2, every: 5 } },
      {
        event: ({ id, send, response }) => {
          if (id < 3) return false
          send(id, 'end')
          response.end()
          return true
        },
      },
      ({ all }) => all.streams.ended >= TIMES,
    )
    const { failed: failures, streams } = report.all
    assert.deepEqual([failures, streams.cut], [0, 0])
    assert.equal(streams.opened, streams.ended + streams.closed)
  })

  type Event = Parameters<NonNullable<Wrongs['event']>>[0]
  const EVENTS: [what: string, reason: Reason, wrong: (event: Event) => void, timeout?: number][] = [
    ['is cut', 'truncated', ({ socket }) => socket.end()],
    ['is reset', 'reset', ({ socket }) => socket.resetAndDestroy()],
    ['ends without saying so', 'closed', ({ response }) => response.end()],
    ['leaves out an event', 'body', ({ id, send }) => send(id + 1, 'tick')],
    ['brings an event twice', 'body', ({ id, send }) => send(id - 1, 'tick')],
    [
      'is another request’s',
      'number',
      ({ id, response }) => response.write(`id: ${id}\nevent: tick\ndata: number=0\n\n`),
    ],
    [
      'goes on after its end',
      'protocol',
      ({ id, send }) => {
        send(id, 'end')
        send(id + 1, 'tick')
      },
    ],
    ['falls silent', 'timeout', () => {}, SHORT_TIMEOUT],
  ]
  for (const [what, reason, wrong, timeout] of EVENTS) {
    it(`finds that an event stream ${what}`, async () => {
      let wronged = 0
      const act = (event: Event) => {
        if (event.id < 3) return false
        wronged += 1
        wrong(event)
        return true
      }
      const { report } = await load(
        { events: { workers: 1, every: 5 } },
        { event: act },
        ({ all }) => all.streams.cut >= TIMES,
        timeout,
      )
      const { cuts, streams, failed: failures } = report.all
      assert.deepEqual([...new Set(cuts.map((cut) => cut.reason))], [reason], cuts[0]?.error)
      assert.deepEqual([failures, streams.ended], [0, 0])
      assert.ok(
        streams.cut === wronged || streams.cut === wronged - 1,
        'the last may have been closed by the load',
      )
      assert.ok(cuts.every(({ messages, release }) => messages >= 2 && release === 'one'))
    })
  }

  it('finds that the head and the first event of a stream name different releases', async () => {
    const { report } = await load(
      { events: { workers: 1 } },
      {
        events: ({ response, number }) =>
          response.write(`id: 0\nevent: hello\ndata: number=${number} release=x\n\n`),
      },
      ({ all }) => all.failed >= TIMES,
    )
    assert.deepEqual([report.all.failedBy, report.all.streams.opened], [{ release: report.all.sent }, 0])
  })
})

type Served = Parameters<NonNullable<Wrongs['message']>>[0]

function ofText({ text }: Served): string {
  return /^number=(\d+)/.exec(text)?.[1] ?? ''
}
