import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cgiAnswer } from '../../../../src/agent/services/gateway/response.js'

const answer = (text: string) => cgiAnswer(Buffer.from(text), 5)

describe('the answer of a program behind a gateway', () => {
  it('has the status of its status line, or of its header', () => {
    assert.deepEqual(answer('HTTP/1.1 503 Busy\r\nA: b\r\n\r\nlater, please'), { code: 503, body: 'later' })
    assert.deepEqual(answer('Content-Type: text/plain\nStatus: 404 Not Found\n\n'), { code: 404, body: '' })
  })

  it('without one is 200, or a redirect (RFC 3875, 6.2)', () => {
    assert.equal(answer('Content-Type: text/html\r\n\r\nhello').code, 200)
    assert.equal(answer('Location: /x\r\n\r\n').code, 302)
  })

  it('is none without headers, or without their end', () => {
    for (const text of ['', 'HTTP/1.1 200 OK\r\n', 'hello\n\nworld']) {
      assert.deepEqual(answer(text), { code: 0, problem: 'what came is no answer of this protocol' })
    }
  })
})
