import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { resolveHost } from '../../src/config/resolve.js'
import { parseSshSettings, sshAddress, sshBanner } from '../../src/remote/ssh-banner.js'

describe('parseSshSettings', () => {
  it('is where ssh connects to', () => {
    const text = 'user root\nhostname 10.1.2.3\nport 2222\naddressfamily any\n'
    assert.deepEqual(parseSshSettings(text), { host: '10.1.2.3', port: 2222 })
  })

  for (const proxy of ['proxyjump bastion', 'proxycommand cloudflared access ssh --hostname %h']) {
    it(`is not known behind a ${proxy.split(' ')[0]}`, () => {
      assert.equal(parseSshSettings(`hostname web\nport 22\n${proxy}\n`), undefined)
    })
  }

  it('is known where a proxy was turned off', () => {
    assert.deepEqual(parseSshSettings('hostname web\nport 22\nproxyjump none\n'), { host: 'web', port: 22 })
  })
})

describe('sshAddress', () => {
  it('asks ssh, with the options of the host', async () => {
    const host = resolveHost('nixie', { ssh: 'root@web.invalid', options: ['-F', 'none', '-p', '2222'] })
    assert.deepEqual(await sshAddress(host), { host: 'web.invalid', port: 2222 })
    const behind = resolveHost('nixie', { ssh: 'root@web.invalid', options: ['-F', 'none', '-J', 'bastion'] })
    assert.equal(await sshAddress(behind), undefined)
  })
})

describe('sshBanner', () => {
  async function asked(answer: (socket: Socket) => void): Promise<boolean> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      answer(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    try {
      return await sshBanner({ host: '127.0.0.1', port }, 200)
    } finally {
      server.close()
    }
  }

  it('finds sshd', async () => {
    assert.equal(await asked((socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n')), true)
  })

  it('finds it after lines that come before, and in pieces', async () => {
    const answer = (socket: Socket) => {
      socket.write('welcome\r\nSS')
      setTimeout(() => socket.write('H-2.0-x\r\n'), 10)
    }
    assert.equal(await asked(answer), true)
  })

  it('does not take anything else for it', async () => {
    assert.equal(await asked((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n')), false)
    assert.equal(await asked((socket) => socket.write('x'.repeat(9000))), false)
  })

  it('does not wait for ever', async () => {
    assert.equal(await asked(() => undefined), false)
  })

  it('knows where nobody listens', async () => {
    assert.equal(await sshBanner({ host: '127.0.0.1', port: 1 }, 200), false)
  })
})
