import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, describe, it } from 'node:test'
import { portHolder } from '../../../src/agent/sockets/holder.js'
import { type FakeProcess, fakeProc, TCP, TCP6 } from './proc.js'

describe('portHolder', () => {
  const cleanups: (() => void)[] = []
  after(() => {
    for (const clean of cleanups) clean()
  })

  function holder(processes: readonly FakeProcess[], port = 3000, own = 'web') {
    const { path, remove } = fakeProc({ tcp: TCP, tcp6: TCP6 }, processes)
    cleanups.push(remove)
    return portHolder(port, own, path)
  }

  const process = (pid: number, cgroup: string, sockets: number[], name = 'perl'): FakeProcess => ({
    pid,
    name,
    cgroup,
    sockets,
  })

  it('names who listens on a port', async () => {
    assert.equal(await holder([process(12, '/system.slice/other.service', [300])]), 'perl (process 12)')
  })

  it('names nobody where nobody listens', async () => {
    assert.equal(await holder([process(12, '/system.slice/other.service', [300])], 3001), undefined)
  })

  it('names nobody who is only connected to it, or to whom it is', async () => {
    assert.equal(await holder([process(12, '/system.slice/other.service', [301, 302])]), undefined)
  })

  it('looks at both kinds of address', async () => {
    assert.equal(await holder([process(12, '/system.slice/other.service', [600])]), 'perl (process 12)')
  })

  for (const unit of ['web.service', 'web@blue.service', 'web@queue-green.service', 'web-worker.service']) {
    it(`does not count ${unit} of the service itself`, async () => {
      assert.equal(await holder([process(12, `/system.slice/${unit}`, [300])]), undefined)
      assert.equal(
        await holder([process(12, `/system.slice/system-web.slice/${unit}/sub`, [300])]),
        undefined,
      )
    })
  }

  for (const unit of ['webs.service', 'my-web.service', 'web.socket', 'web.service.d']) {
    it(`counts ${unit} of somebody else`, async () => {
      assert.equal(await holder([process(12, `/system.slice/${unit}`, [300])]), 'perl (process 12)')
    })
  }

  it('names the first of several that is not of the service', async () => {
    const found = await holder([
      process(9, '/system.slice/web@blue.service', [300]),
      process(100, '/init.scope', [300], 'systemd'),
      process(20, '/system.slice/other.service', [1, 300], 'nginx'),
    ])
    assert.equal(found, 'nginx (process 20)')
  })

  it('shows no control characters of a name', async () => {
    assert.equal(await holder([process(12, '/', [300], 'a\u001b[31mb')]), 'a?[31mb (process 12)')
  })

  it('sees a program of this machine', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const found = await portHolder(port, 'web').finally(() => server.close())
    assert.match(found ?? '', new RegExp(`^\\S+ \\(process ${globalThis.process.pid}\\)$`))
    assert.equal(await portHolder(port, 'web'), undefined)
  })
})
