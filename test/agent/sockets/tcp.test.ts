import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isEstablished, isListening, listeningPorts, parseTcp } from '../../../src/agent/sockets/tcp.js'
import { fakeProc, TCP, TCP6 } from './proc.js'

describe('parseTcp', () => {
  it('reads ports, states and inodes', () => {
    assert.deepEqual(parseTcp(TCP), [
      { port: 22, state: '0A', inode: '100' },
      { port: 3000, state: '0A', inode: '300' },
      { port: 3000, state: '01', inode: '301' },
      { port: 50_000, state: '01', inode: '302' },
      { port: 3000, state: '06', inode: '0' },
    ])
  })

  it('reads addresses of IPv6', () => {
    assert.deepEqual(
      parseTcp(TCP6).map(({ port }) => port),
      [3000, 443, 3000],
    )
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
