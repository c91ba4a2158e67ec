import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { ask } from '../../../src/agent/services/probe.js'

/** The most that is read of an answer. */
const MOST = 4096

async function asked(answer: RequestListener, timeoutMs: number) {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await ask({ endpoint: { tcp: port }, path: '/', timeoutMs })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('asking a service', () => {
  it('audit 12: reads 4 KiB of an answer without an end, and goes', async () => {
    const chunk = 'x'.repeat(64 * 1024)
    let sent = 0
    const answer = await asked((_request, response) => {
      const more = () => {
        sent += chunk.length
        if (!response.destroyed) response.write(chunk, () => setImmediate(more))
      }
      more()
    }, 5000)
    assert.equal(answer.code, 200)
    assert.equal('body' in answer && answer.body.length, MOST)
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`)
  })

  it('audit 12: an answer that comes a byte at a time ends with the time for it', async () => {
    const began = performance.now()
    const answer = await asked((_request, response) => {
      const timer = setInterval(() => response.write('x'), 10)
      response.on('close', () => clearInterval(timer))
    }, 300)
    assert.ok(performance.now() - began < 5000)
    assert.ok('problem' in answer || answer.body.length < MOST)
  })

  it('audit 12: so do headers without an end', async () => {
    const answer = await asked((request) => {
      request.socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => request.socket.write(`X-${Math.random()}: ${'y'.repeat(1000)}\r\n`), 1)
      request.socket.on('close', () => clearInterval(timer))
      request.socket.on('error', () => undefined)
    }, 2000)
    assert.equal(answer.code, 0)
  })
})
