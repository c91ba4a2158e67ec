import { Fault } from './fault.js'

/** The longest event, in characters. */
const LONGEST_EVENT = 64 * 1024

/** A server-sent event. */
export interface StreamEvent {
  id: string
  event: string
  data: string
}

/** Takes the text of an event stream as it comes, and tells of every event; throws a fault for anything odd. */
export function createEventParser(onEvent: (event: StreamEvent) => void): (bytes: Buffer) => void {
  let kept = ''
  return (bytes) => {
    kept += bytes.toString('latin1')
    for (let end = kept.indexOf('\n\n'); end !== -1; end = kept.indexOf('\n\n')) {
      const block = kept.slice(0, end)
      kept = kept.slice(end + 2)
      onEvent(parseEvent(block))
    }
    if (kept.length > LONGEST_EVENT) throw new Fault('protocol', 'an event without an end')
  }
}

function parseEvent(block: string): StreamEvent {
  const result: StreamEvent = { id: '', event: '', data: '' }
  for (const line of block.split('\n')) {
    const [, name, value] = /^(id|event|data): (.*)$/.exec(line) ?? []
    if (name === undefined || value === undefined)
      throw new Fault('body', `not a field of an event: '${line}'`)
    result[name as keyof StreamEvent] = value
  }
  return result
}
