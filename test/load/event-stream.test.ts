import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEventParser, type StreamEvent } from './event-stream.js'
import { Fault } from './fault.js'

function parse(...parts: string[]): StreamEvent[] {
  const events: StreamEvent[] = []
  const feed = createEventParser((event) => events.push(event))
  for (const part of parts) feed(Buffer.from(part))
  return events
}

const TEXT = 'id: 0\nevent: hello\ndata: number=1 release=one\n\nid: 1\nevent: tick\ndata: number=1\n\n'

describe('createEventParser', () => {
  it('reads events wherever the bytes are divided, and no part of one', () => {
    const expected = [
      { id: '0', event: 'hello', data: 'number=1 release=one' },
      { id: '1', event: 'tick', data: 'number=1' },
    ]
    assert.deepEqual(parse(TEXT), expected)
    assert.deepEqual(parse(...TEXT), expected)
    assert.deepEqual(parse(TEXT.slice(0, -1)), expected.slice(0, 1))
  })

  it('refuses what is not a field, and an event without an end', () => {
    assert.throws(() => parse('id: 0\nnonsense\n\n'), Fault)
    assert.throws(() => parse('x'.repeat(100_000)), Fault)
  })
})
