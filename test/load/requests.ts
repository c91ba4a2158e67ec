import type { Pace } from './pace.js'
import {
  checkAnswer,
  createLink,
  letClose,
  openConnection,
  repeat,
  requestHead,
  type Traffic,
} from './traffic.js'

/** Into how many parts the service divides a slow answer. */
const SLOW_PARTS = 10

/** POSTs whose body comes back, over a connection that is kept. */
export async function keepAlive(traffic: Traffic, pace: Pace, bytes: number): Promise<void> {
  const link = createLink(traffic)
  const filler = 'abcdefghijklmnopqrstuvwxyz012345'.repeat(Math.ceil(bytes / 32)).slice(0, bytes)
  await repeat(traffic, 'keepAlive', pace, async (number) => {
    const connection = await link.connection()
    const body = `number=${number}\n${filler}`
    const head = requestHead(traffic.target, 'POST', 'echo', number, { 'Content-Length': body.length })
    const answer = await connection.exchange({ request: head + body, timeout: traffic.timeout })
    return checkAnswer(answer, number, body)
  })
  link.close()
}

/** GETs, each over a connection of its own. */
export async function fresh(traffic: Traffic, pace: Pace): Promise<void> {
  await repeat(traffic, 'fresh', pace, async (number) => {
    const connection = await openConnection(traffic)
    try {
      const resource = `echo?number=${number}`
      const request = requestHead(traffic.target, 'GET', resource, number, { Connection: 'close' })
      const answer = await connection.exchange({ request, timeout: traffic.timeout })
      return checkAnswer(answer, number, `number=${number}\n`)
    } finally {
      letClose(connection)
    }
  })
}

/** When a slow answer's head comes: at once, with its last byte, or one way and the other in turns. */
export type SlowHeaders = 'first' | 'last' | 'both'

/** GETs that take long to answer. */
export async function slow(
  traffic: Traffic,
  pace: Pace,
  milliseconds: number,
  headers: SlowHeaders,
): Promise<void> {
  const link = createLink(traffic)
  const timeout = milliseconds + traffic.timeout
  await repeat(traffic, 'slow', pace, async (number) => {
    const connection = await link.connection()
    const when = headers !== 'both' ? headers : number % 2 === 0 ? 'first' : 'last'
    const resource = `slow?for=${milliseconds}ms&headers=${when}`
    const request = requestHead(traffic.target, 'GET', resource, number)
    return checkAnswer(await connection.exchange({ request, timeout }), number, slowBody(number))
  })
  link.close()
}

function slowBody(number: number): string {
  const parts = Array.from({ length: SLOW_PARTS }, (_, part) => `part ${part + 1} of ${SLOW_PARTS}\n`)
  return `number=${number}\n${parts.join('')}`
}
