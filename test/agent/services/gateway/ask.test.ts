import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ask } from '../../../../src/agent/services/probe.js'
import { gatewayServer, type Variables } from '../../../release/gateway-server.js'

const folder = mkdtempSync(join(tmpdir(), 'slipway-ask-'))
after(() => rmSync(folder, { recursive: true }))

/** What is seen of a program that does something with each connection. */
async function asked(
  protocol: 'uwsgi' | 'fastcgi',
  onConnection: (socket: Socket) => void,
  timeoutMs = 2000,
) {
  const path = join(folder, 'program')
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  try {
    return await ask({ endpoint: { unix: path }, gateway: { protocol, params: {} }, path: '/', timeoutMs })
  } finally {
    server.close()
  }
}

for (const protocol of ['uwsgi', 'fastcgi'] as const) {
  describe(`asking by ${protocol}`, () => {
    it('is a request whose variables a program reads', async () => {
      const path = join(folder, protocol)
      const server = await gatewayServer(path, protocol)
      const gateway = { protocol, params: { SCRIPT_FILENAME: '/srv/app.py', LONG: 'x'.repeat(300) } }
      const endpoint = { unix: path }
      const answer = await ask({
        endpoint,
        gateway,
        path: '/a%20b?q=1?2',
        host: 'example.com',
        timeoutMs: 2000,
      })
      server.close()
      assert.ok('body' in answer, JSON.stringify(answer))
      assert.equal(answer.code, 200)
      const told = JSON.parse(answer.body) as Variables
      assert.deepEqual(
        [told.REQUEST_METHOD, told.PATH_INFO, told.QUERY_STRING, told.REQUEST_URI, told.HTTP_HOST],
        ['GET', '/a b', 'q=1?2', '/a%20b?q=1?2', 'example.com'],
      )
      assert.deepEqual([told.SCRIPT_FILENAME, told.LONG], ['/srv/app.py', 'x'.repeat(300)])
    })

    it('says that nobody listens', async () => {
      const answer = await ask({
        endpoint: { unix: join(folder, 'nobody') },
        gateway: { protocol, params: {} },
        path: '/',
        timeoutMs: 1000,
      })
      assert.deepEqual(answer, { code: 0, problem: 'there is no such socket' })
    })

    it('ends with the time for it where nothing whole comes, and with too much', async () => {
      const silent = await asked(protocol, () => undefined, 200)
      assert.deepEqual(silent, { code: 0, problem: 'nothing came within 0.2 s' })
      const endless = await asked(protocol, (socket) => {
        const more = () => socket.destroyed || socket.write(Buffer.alloc(16384), () => setImmediate(more))
        more()
      })
      assert.equal(endless.code, 0)
    })

    it('takes an answer of another protocol for none', async () => {
      const answer = await asked(protocol, (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'))
      assert.deepEqual(answer, { code: 0, problem: 'what came is no answer of this protocol' })
    })
  })
}
