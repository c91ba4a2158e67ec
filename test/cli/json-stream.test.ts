import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jsonStream } from '../../src/cli/json-stream.js'
import { usageError } from '../../src/errors.js'

describe('jsonStream', () => {
  function lines(act: (stream: ReturnType<typeof jsonStream>) => void, verbose = false): unknown[] {
    const written: string[] = []
    act(jsonStream((line) => written.push(line), verbose))
    assert.ok(written.every((line) => line.indexOf('\n') === line.length - 1))
    return written.map((line) => JSON.parse(line))
  }
  const debug = { type: 'debug', what: 'ssh', host: 'web', text: 'login', ms: 3 } as const

  it('is an object a line, the result last', () =>
    assert.deepEqual(
      lines((stream) => {
        stream.event({ type: 'stopping', host: 'web' })
        stream.event({ type: 'planned', plans: [] })
        stream.event(debug)
        stream.result({ a: 'x\ny' })
      }),
      [
        { type: 'stopping', host: 'web' },
        { type: 'planned', plan: { hosts: [], failures: [] } },
        { type: 'result', result: { a: 'x\ny' } },
      ],
    ))

  it('tells what was run where that is wanted', () =>
    assert.deepEqual(
      lines((stream) => stream.event(debug), true),
      [debug],
    ))

  it('ends with the error, a defect apart', () =>
    assert.deepEqual(
      lines((stream) => {
        stream.error(usageError({ what: 'no', next: 'yes' }))
        stream.error(new TypeError('x'))
      }),
      [
        { type: 'error', what: 'no', next: 'yes', code: 2 },
        { type: 'error', what: 'TypeError: x', defect: true },
      ],
    ))
})
