import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { servesTls } from '../../../src/agent/certificates/serves-tls.js'
import { opensslFolder, WITHOUT_OPENSSL } from './openssl.js'
import { web } from './web.js'

describe('servesTls', () => {
  it('is so where TLS comes about, however slow what is behind it', { skip: WITHOUT_OPENSSL }, async () => {
    const folder = opensslFolder()
    const server = await web(() => undefined, folder.selfSigned('a'))
    try {
      assert.equal(await servesTls('a.example', { port: server.port }), true)
    } finally {
      await server.close()
      folder.remove()
    }
  })

  it('is not so where nobody listens, or somebody who speaks no TLS', async () => {
    assert.equal(await servesTls('a.example', { port: 1 }), false)
    const server = createServer((socket) => socket.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      assert.equal(await servesTls('a.example', { port }), false)
    } finally {
      server.close()
    }
  })
})
