import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { listeners } from '../../../src/agent/survey/listeners.js'
import { fakeProc, TCP, TCP6 } from '../sockets/proc.js'

describe('who listens on a host', () => {
  const cgroup = '/system.slice/app.service'
  const { path, remove } = fakeProc({ tcp: TCP, tcp6: TCP6 }, [
    { pid: 12, name: 'app', cgroup, sockets: [300, 600, 301] },
    { pid: 13, name: 'app', cgroup, sockets: [300] },
    { pid: 9, name: 'sh\u001b[2J', cgroup: '/user.slice/session-1.scope', sockets: [443] },
    { pid: 20, name: 'curl', cgroup: '/system.slice/other.service', sockets: [302] },
  ])
  after(remove)

  it('is told once for each port and unit, and who is only connected is not', async () =>
    assert.deepEqual(await listeners(path), [
      { port: 443, program: 'sh?[2J', unit: null },
      { port: 3000, program: 'app', unit: 'app.service' },
    ]))
})
