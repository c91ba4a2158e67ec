import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  isEstablished,
  isListening,
  isPublic,
  listeningPorts,
  parseTcp,
  shownSocket,
} from '../../../src/agent/sockets/tcp.js'
import { fakeProc, TCP, TCP6 } from './proc.js'

describe('parseTcp', () => {
  it('reads ports, states and inodes', () => {
    assert.deepEqual(parseTcp(TCP), [
      { address: '0.0.0.0', port: 22, peer: { address: '0.0.0.0', port: 0 }, state: '0A', inode: '100' },
      { address: '127.0.0.1', port: 3000, peer: { address: '0.0.0.0', port: 0 }, state: '0A', inode: '300' },
      {
        address: '127.0.0.1',
        port: 3000,
        peer: { address: '127.0.0.1', port: 50_000 },
        state: '01',
        inode: '301',
      },
      {
        address: '127.0.0.1',
        port: 50_000,
        peer: { address: '127.0.0.1', port: 3000 },
        state: '01',
        inode: '302',
      },
      {
        address: '127.0.0.1',
        port: 3000,
        peer: { address: '127.0.0.1', port: 50_001 },
        state: '06',
        inode: '0',
      },
    ])
  })

  it('reads addresses of IPv6', () => {
    assert.deepEqual(
      parseTcp(TCP6).map(({ port }) => port),
      [3000, 443, 3000],
    )
  })

  it('reads addresses as people write them', () => {
    const line = (hex: string) => `  sl local\n   0: ${hex}:0BB8 0:0 0A 0:0 0:0 0 0 0 7 1`
    const shown = (hex: string) => parseTcp(line(hex)).map(shownSocket)
    assert.deepEqual(shown('00000000'), ['*:3000'])
    assert.deepEqual(shown('0100007F'), ['127.0.0.1:3000'])
    assert.deepEqual(shown('0'.repeat(32)), ['*:3000'])
    assert.deepEqual(shown('00000000000000000000000001000000'), ['[::1]:3000'])
    assert.deepEqual(shown('0000000000000000FFFF00000100007F'), ['127.0.0.1:3000'])
    assert.deepEqual(shown('000080FE000000000000000001000000'), ['[fe80::1]:3000'])
  })

  it('knows which can be reached from outside', () => {
    const isOpen = (address: string) => isPublic({ address, port: 1 })
    assert.deepEqual(['127.0.0.1', '127.1.2.3', '::1'].map(isOpen), [false, false, false])
    assert.deepEqual(['0.0.0.0', '::', '10.0.0.1', 'fe80::1'].map(isOpen), [true, true, true, true])
  })

  it('tells listeners from connections', () => {
    assert.deepEqual(parseTcp(TCP).map(isListening), [true, true, false, false, false])
    assert.deepEqual(parseTcp(TCP).map(isEstablished), [false, false, true, true, false])
  })

  it('reads an empty table', () => assert.deepEqual(parseTcp(TCP.split('\n', 1).join()), []))
})

describe('listeningPorts', () => {
  it('are those of both kinds of address, each once, in order', async () => {
    const { net, remove } = fakeProc({ tcp: TCP, tcp6: TCP6 })
    try {
      assert.deepEqual(await listeningPorts(net), [22, 443, 3000])
    } finally {
      remove()
    }
  })

  it('are known to a kernel without IPv6', async () => {
    const { net, remove } = fakeProc({ tcp: TCP })
    try {
      assert.deepEqual(await listeningPorts(net), [22, 3000])
    } finally {
      remove()
    }
  })
})
