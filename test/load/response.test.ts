import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Fault } from './fault.js'
import { createResponseParser } from './response.js'

/** What the parser makes of an answer whose parts come one by one. */
function parse(...parts: string[]) {
  const result = { status: 0, headers: {}, body: '', ended: false, rest: '' }
  const parser = createResponseParser({
    head: ({ status, headers }) => {
      assert.equal(result.status, 0, 'the head is told once')
      result.status = status
      result.headers = Object.fromEntries(headers)
    },
    body: (bytes) => {
      result.body += bytes
    },
    end: (rest) => {
      assert.equal(result.ended, false, 'the end is told once')
      result.ended = true
      result.rest = rest.toString()
    },
  })
  parser.expect()
  for (const part of parts) parser.feed(Buffer.from(part, 'latin1'))
  return result
}

const fault = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault)
  assert.equal(error.reason, 'protocol')
  assert.match(error.message, text)
  return true
}

const FIXED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Release:  one \r\n\r\nhello'
const CHUNKED =
  'HTTP/1.1 502 Bad Gateway\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA\r\n0123\r\n6789\r\n0\r\nTrailer: x\r\n\r\n'
const EMPTY = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'

describe('createResponseParser', () => {
  it('reads a body of a known length', () => {
    const { status, headers, body, ended } = parse(FIXED)
    assert.deepEqual(
      { status, headers, body, ended },
      { status: 200, headers: { 'content-length': '5', 'x-release': 'one' }, body: 'hello', ended: true },
    )
  })

  it('reads chunks and trailers', () => {
    const { status, body, ended } = parse(CHUNKED)
    assert.deepEqual({ status, body, ended }, { status: 502, body: 'hello0123\r\n6789', ended: true })
  })

  it('reads answers without a body', () => {
    assert.equal(parse(EMPTY).ended, true)
    assert.equal(parse('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n').ended, true)
  })

  it('reads the same wherever the bytes are divided', () => {
    for (const text of [FIXED, CHUNKED, EMPTY]) {
      assert.deepEqual(parse(...text), parse(text))
      for (let at = 1; at < text.length; at += 1) {
        assert.deepEqual(parse(text.slice(0, at), text.slice(at)), parse(text))
      }
    }
  })

  it('does not take a part for the whole', () => {
    for (const text of [FIXED, CHUNKED, EMPTY]) {
      for (let end = 0; end < text.length; end += 1) assert.equal(parse(text.slice(0, end)).ended, false)
    }
  })

  it('hands on what follows a change of protocol', () => {
    const { status, rest } = parse('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nother')
    assert.deepEqual({ status, rest }, { status: 101, rest: 'other' })
  })

  it('joins fields that come twice', () => {
    assert.deepEqual(parse('HTTP/1.1 204 No Content\r\nA: 1\r\na: 2\r\n\r\n').headers, { a: '1, 2' })
  })

  it('reads one answer for each that is expected', () => {
    assert.throws(() => parse(`${FIXED}x`), fault(/bytes that no request asked for/))
    assert.throws(() => parse(FIXED, 'x'), fault(/bytes that no request asked for/))
    assert.throws(() => parse(`${CHUNKED}x`), fault(/bytes that no request asked for/))
    let ends = 0
    const parser = createResponseParser({
      head: () => {},
      body: () => {},
      end: () => {
        ends += 1
      },
    })
    assert.throws(() => parser.feed(Buffer.from(FIXED)), fault(/no request/))
    for (const text of [FIXED, CHUNKED, FIXED]) {
      parser.expect()
      parser.feed(Buffer.from(text))
    }
    assert.equal(ends, 3)
  })

  for (const [what, text, message] of [
    ['another version', 'HTTP/1.0 200 OK\r\n\r\n', /not a status line/],
    ['no HTTP', 'SSH-2.0-server\r\n\r\n', /not a status line/],
    ['no end of the body', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n', /neither/],
    [
      'two ends of the body',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /both/,
    ],
    ['another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', /Transfer-Encoding is 'gzip'/],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n',
      /Content-Length is '5, 6'/,
    ],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', /Content-Length is '-1'/],
    ['a field without a name', 'HTTP/1.1 200 OK\r\n: x\r\n\r\n', /not a header field/],
    ['a bare line feed', 'HTTP/1.1 200 OK\r\nA: b\nContent-Length: 1\r\n\r\n', /not a header field/],
    ['an interim answer', 'HTTP/1.1 100 Continue\r\n\r\n', /interim/],
    ['a size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', /size is 'xyz'/],
    [
      'a long chunk',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n',
      /longer than its size/,
    ],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`, /no end/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parse(text), fault(message))
    })
  }
})
