import { asFault, Fault } from './fault.js'
import type { OpenStream, Ticket } from './ledger.js'
import type { Pace } from './pace.js'
import { openSocket, type Socket } from './socket.js'
import { pauseAfter, STREAM_PAUSE, type Traffic } from './traffic.js'

/** Messages that come back, over a WebSocket; one that ends is opened again. */
export async function webSocket(traffic: Traffic, pace: Pace, bytes: number): Promise<void> {
  const filler = 'x'.repeat(bytes)
  /** A message that the service's close frame overtook: not lost, but to be sent again. */
  let overtaken: Ticket | undefined
  while (overtaken !== undefined || (await pace())) {
    const opening: Ticket = traffic.ledger.send('webSocket', overtaken)
    try {
      const socket = await openSocket(traffic, opening.number)
      traffic.ledger.answer(opening, socket.release)
      const stream = traffic.ledger.open(opening, socket.release)
      overtaken = await talk(traffic, pace, filler, { socket, stream }, overtaken)
    } catch (error) {
      const fault = asFault(error)
      traffic.ledger.fail(opening, fault)
      if (overtaken) traffic.ledger.fail(overtaken, fault)
      overtaken = undefined
      await pauseAfter(traffic.stop, fault, STREAM_PAUSE)
    }
  }
}

/** Sends messages until the stop or the stream's end; returns the message that the end overtook. */
async function talk(
  { ledger }: Traffic,
  pace: Pace,
  filler: string,
  { socket, stream }: { socket: Socket; stream: OpenStream },
  overtaken: Ticket | undefined,
): Promise<Ticket | undefined> {
  let message = overtaken
  if (message) ledger.resend(message)
  while (socket.over === undefined) {
    if (message === undefined) {
      const due = await Promise.race([pace(), socket.end])
      if (due === 'over') break
      if (!due) {
        await socket.close()
        ledger.close(stream, 'closed')
        return undefined
      }
      message = ledger.send('webSocket')
    }
    try {
      if (!(await echoed(socket, message.number, filler))) break
      ledger.answerOn(stream, message)
    } catch (error) {
      ledger.fail(message, asFault(error))
    }
    message = undefined
  }
  if (socket.over?.fault) ledger.cut(stream, socket.over.fault)
  else ledger.close(stream, 'ended')
  return message
}

/** Whether the message came back; false if the stream ended before. */
async function echoed(socket: Socket, number: number, filler: string): Promise<boolean> {
  const text = `number=${number} ${filler}`
  const got = await socket.ask(text)
  if (got === undefined) return false
  if (got === text) return true
  const answered = /^number=(\d+) /.exec(got)?.[1]
  if (answered !== String(number)) throw new Fault('number', `message '${got.slice(0, 100)}' for ${number}`)
  throw new Fault('body', `message ${number} came back changed`)
}
