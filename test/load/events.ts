import type { Connection } from './connection.js'
import { createEventParser, type StreamEvent } from './event-stream.js'
import { asFault, Fault } from './fault.js'
import type { OpenStream } from './ledger.js'
import type { Pace } from './pace.js'
import { checkHead, openConnection, pauseAfter, requestHead, STREAM_PAUSE, type Traffic } from './traffic.js'

/** Streams of numbered events; one that ends is opened again. */
export async function events(traffic: Traffic, pace: Pace, every: number): Promise<void> {
  while (await pace()) {
    const fault = await follow(traffic, every)
    if (fault) await pauseAfter(traffic.stop, fault, STREAM_PAUSE)
  }
}

/** Opens one stream and reads it to its end. */
async function follow(traffic: Traffic, every: number): Promise<Fault | undefined> {
  const { ledger, stop, target, timeout } = traffic
  const ticket = ledger.send('events')
  const stream: { open?: OpenStream; connection?: Connection; left?: true } = {}
  const leave = () => {
    stream.left = true
    stream.connection?.close()
  }
  // Until the first event, the request is one that has to be answered.
  let cancel = () => {}
  const check = createCheck(ticket.number, {
    hello: (release) => {
      ledger.answer(ticket, release)
      stream.open = ledger.open(ticket, release)
      cancel = stop.onRequest(leave)
    },
    event: () => {
      if (stream.open) ledger.message(stream.open)
    },
  })
  try {
    stream.connection = await openConnection(traffic)
    await stream.connection.exchange({
      request: requestHead(target, 'GET', `events?every=${every}ms`, ticket.number),
      timeout: every + timeout,
      renew: true,
      onHead: (head) => check.release(checkHead(head, ticket.number)),
      onBody: createEventParser(check.event),
    })
    check.end()
    if (stream.open) ledger.close(stream.open, 'ended')
    return undefined
  } catch (error) {
    const fault = asFault(error)
    if (stream.open === undefined) ledger.fail(ticket, fault)
    else if (stream.left) ledger.close(stream.open, 'closed')
    else ledger.cut(stream.open, fault)
    return fault
  } finally {
    cancel()
    stream.connection?.close()
  }
}

/** Checks a stream's events: a hello, ticks without a gap, and `end` before its end. */
function createCheck(number: number, on: { hello(release: string): void; event(): void }) {
  let release = ''
  let next = 0
  let ended = false
  return {
    release: (name: string) => {
      release = name
    },
    event: ({ id, event, data }: StreamEvent) => {
      if (ended) throw new Fault('protocol', 'an event after the end')
      if (id !== String(next)) throw new Fault('body', `event ${id} for event ${next}`)
      const kinds = next === 0 ? ['hello'] : ['tick', 'end']
      if (!kinds.includes(event)) throw new Fault('body', `event ${id} is a '${event}'`)
      const [, answered, said] = /^number=(\d+)(?: release=(.*))?$/.exec(data) ?? []
      if (answered !== String(number)) throw new Fault('number', `event ${id} says '${data}'`)
      if (next === 0 && said !== release) throw new Fault('release', `${release} says '${data}'`)
      next += 1
      ended = event === 'end'
      if (event === 'hello') on.hello(release)
      else on.event()
    },
    end: () => {
      if (next === 0) throw new Fault('truncated', 'ended without an event')
      if (!ended) throw new Fault('closed', 'ended without saying so')
    },
  }
}
