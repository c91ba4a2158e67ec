import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { connectionsOf, unixConnections } from '../../../src/agent/sockets/connections.js'
import { fakeProc, TCP, TCP6, UNIX } from './proc.js'

describe('connectionsOf', () => {
  const { net, remove } = fakeProc({ tcp: TCP, tcp6: TCP6, unix: UNIX })
  after(remove)

  it('counts what is connected to a port, over IPv4 and IPv6', async () => {
    assert.equal(await connectionsOf({ tcp: 3000 }, net), 2)
    assert.equal(await connectionsOf({ tcp: 443 }, net), 0)
    assert.equal(await connectionsOf({ tcp: 3001 }, net), 0)
  })

  it('counts what is connected to an address elsewhere', async () => {
    assert.equal(await connectionsOf({ tcp: 3000, at: ['127.0.0.1', '::1'] }, net), 1)
    assert.equal(await connectionsOf({ tcp: 3000, at: ['198.18.156.65'] }, net), 0)
  })

  it('counts what is connected to a socket, and what waits to be accepted', async () => {
    assert.equal(await connectionsOf({ unix: '/run/web/blue.sock' }, net), 3)
    assert.equal(await connectionsOf({ unix: '/run/web/green.sock' }, net), 0)
    assert.equal(await connectionsOf({ unix: '/run/web/other.sock' }, net), 0)
  })

  it('takes no unreadable table for an empty one', async () => {
    await assert.rejects(connectionsOf({ unix: '/run/web/blue.sock' }, '/nonexistent'), /\/nonexistent\/unix/)
  })
})

describe('unixConnections', () => {
  it('knows paths with spaces', () => assert.equal(unixConnections(UNIX, '/run/a b/c d.sock'), 1))
  it('counts no listener', () => assert.equal(unixConnections(UNIX, '/run/web/green.sock'), 0))
})

describe('the kernel of this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-sockets-'))

  /** Counts before, during and after a connection. */
  async function counts(listen: (server: Server) => void, to: () => Socket, count: () => Promise<number>) {
    const server = createServer()
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    await new Promise<void>((resolve) => {
      server.once('listening', resolve)
      listen(server)
    })
    const before = await count()
    const client = to()
    const served = await accepted
    const during = await count()
    client.destroy()
    served.destroy()
    await new Promise((resolve) => server.close(resolve))
    return [before, during, await count()]
  }

  it('agrees for a socket', async () => {
    const unix = join(folder, 'server.sock')
    const found = await counts(
      (server) => server.listen(unix),
      () => connect(unix),
      () => connectionsOf({ unix }),
    )
    rmSync(folder, { recursive: true })
    assert.deepEqual(found, [0, 1, 0])
  })

  it('agrees for a port', async () => {
    let tcp = 0
    const found = await counts(
      (server) => server.listen(0, '127.0.0.1', () => ({ port: tcp } = server.address() as { port: number })),
      () => connect(tcp, '127.0.0.1'),
      () => connectionsOf({ tcp }),
    )
    assert.deepEqual(found, [0, 1, 0])
  })
})
