import { type Answer, type Connection, connect, type Target } from './connection.js'
import { asFault, Fault, type Progress } from './fault.js'
import type { Ledger } from './ledger.js'
import type { Pace } from './pace.js'
import type { KindName } from './report.js'
import type { Head } from './response.js'
import type { Stop } from './stop.js'

/** How long a worker waits after it could not connect, in ms: a refusal is quick, and would fill the log. */
const CONNECT_PAUSE = 10
/** How long it waits before it opens a stream again that failed or was cut, in ms. */
export const STREAM_PAUSE = 100
/** How long the other side may take to close a connection that is done, in ms. */
const CLOSE_WAIT = 1_000

const NUMBER_HEADER = 'X-Request-Number'
const RELEASE_HEADER = 'x-release'

/** What every worker has. */
export interface Traffic {
  target: Target
  ledger: Ledger
  stop: Stop
  /** The longest time to an answer, in ms. */
  timeout: number
}

/** Sends requests, one after another, until the stop. `ask` returns the release that answered. */
export async function repeat(
  { ledger, stop }: Traffic,
  kind: KindName,
  pace: Pace,
  ask: (number: number) => Promise<string>,
): Promise<void> {
  while (await pace()) {
    const ticket = ledger.send(kind)
    try {
      ledger.answer(ticket, await ask(ticket.number))
    } catch (error) {
      const fault = asFault(error)
      ledger.fail(ticket, fault)
      await pauseAfter(stop, fault, 0)
    }
  }
}

/** Lets a fault not be followed by the same at once. */
export async function pauseAfter(stop: Stop, fault: Fault, least: number): Promise<void> {
  const pause = fault.reason === 'connect' ? Math.max(CONNECT_PAUSE, least) : least
  if (pause > 0) await stop.sleep(pause)
}

export async function openConnection({ target, ledger, timeout }: Traffic): Promise<Connection> {
  const connection = await connect(target, timeout)
  ledger.connected()
  return connection
}

/**
 * Lets the other side close first: who does keeps the connection's port for a minute, and ours would run out.
 */
export function letClose(connection: Connection): void {
  const timer = setTimeout(connection.close, CLOSE_WAIT)
  void connection.gone.then(() => clearTimeout(timer))
}

/** A connection that is used again for as long as the other side keeps it. */
export interface Link {
  connection(): Promise<Connection>
  close(): void
}

export function createLink(traffic: Traffic): Link {
  let current: Connection | undefined
  return {
    connection: async () => {
      if (current?.usable) return current
      current?.close()
      current = undefined
      current = await openConnection(traffic)
      return current
    },
    close: () => current?.close(),
  }
}

/** A request's head; `fields` are more header fields. */
export function requestHead(
  { domain, path }: Target,
  method: string,
  resource: string,
  number: number,
  fields: Record<string, string | number> = {},
): string {
  let head = `${method} ${path}${resource} HTTP/1.1\r\nHost: ${domain}\r\n${NUMBER_HEADER}: ${number}\r\n`
  for (const name in fields) head += `${name}: ${fields[name]}\r\n`
  return `${head}\r\n`
}

/** Checks what every answer has to say; returns the release it comes from. */
export function checkHead(head: Head & { progress?: Progress }, number: number, expected = 200): string {
  const { status, headers, progress } = head
  if (status !== expected) throw new Fault('status', `status ${status}`, progress)
  const answered = headers.get(NUMBER_HEADER.toLowerCase())
  if (answered !== String(number))
    throw new Fault('number', `answers request ${answered ?? '(unnumbered)'}`, progress)
  const release = headers.get(RELEASE_HEADER)
  if (release === undefined || release === '')
    throw new Fault('release', 'does not say which release answers', progress)
  return release
}

/** Checks a whole answer; returns the release it comes from. */
export function checkAnswer(answer: Answer, number: number, body: string): string {
  const release = checkHead(answer, number)
  const got = answer.body.toString('latin1')
  if (got !== body) {
    let same = 0
    while (same < got.length && got[same] === body[same]) same += 1
    throw new Fault(
      'body',
      `${got.length} bytes for ${body.length}, different from byte ${same} on`,
      answer.progress,
    )
  }
  return release
}
