import { createHash, type Hash, randomBytes } from 'node:crypto'
import type { Connection } from './connection.js'
import type { Pace } from './pace.js'
import { checkAnswer, createLink, repeat, requestHead, type Traffic } from './traffic.js'

/** What is written at once, in bytes. */
const BLOCK = 64 * 1024
/** Digits of the number at an upload's end, so that all uploads are of one length. */
const NUMBER_DIGITS = 16

/** Everything of an upload but its number, which comes last. */
interface Content {
  block: Buffer
  length: number
  hash: Hash
}

/** POSTs of large bodies, which the service counts and hashes. */
export async function upload(
  traffic: Traffic,
  pace: Pace,
  bytes: number,
  milliseconds: number,
): Promise<void> {
  const link = createLink(traffic)
  const content = createContent(bytes)
  const timeout = milliseconds + traffic.timeout
  await repeat(traffic, 'upload', pace, async (number) => {
    const connection = await link.connection()
    const request = requestHead(traffic.target, 'POST', 'upload', number, { 'Content-Length': bytes })
    let answered = false
    const answering = connection.exchange({ request, timeout }).finally(() => {
      answered = true
    })
    // Seen below; here a fault must not count as unhandled while the body is still written.
    answering.catch(() => undefined)
    const tail = tailOf(number)
    const whole = await send(connection, content, tail, milliseconds, () => answered)
    try {
      const answer = await answering
      const sha256 = content.hash.copy().update(tail).digest('hex')
      return checkAnswer(answer, number, `number=${number}\nbytes=${bytes}\nsha256=${sha256}\n`)
    } finally {
      if (!whole) link.close()
    }
  })
  link.close()
}

function tailOf(number: number): string {
  return `number=${String(number).padStart(NUMBER_DIGITS, '0')}\n`
}

function createContent(bytes: number): Content {
  const content: Content = {
    block: randomBytes(BLOCK),
    length: bytes - tailOf(0).length,
    hash: createHash('sha256'),
  }
  for (const part of partsOf(content)) content.hash.update(part)
  return content
}

function* partsOf({ block, length }: Content): Generator<Buffer> {
  for (let left = length; left > 0; left -= block.length)
    yield block.subarray(0, Math.min(left, block.length))
}

/** Writes a body, spread evenly over some time; false if it was answered or cut before its end. */
async function send(
  connection: Connection,
  content: Content,
  tail: string,
  milliseconds: number,
  over: () => boolean,
): Promise<boolean> {
  const began = performance.now()
  let sent = 0
  for (const part of partsOf(content)) {
    await connection.write(part)
    sent += part.length
    const early = began + (milliseconds * sent) / content.length - performance.now()
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early))
    if (over()) return false
  }
  await connection.write(Buffer.from(tail))
  return true
}
