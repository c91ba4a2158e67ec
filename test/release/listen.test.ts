import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Listen, SLOTS } from '../../src/contract/service.js'
import { endpointsOf, listenEnv, listenPath, socketPath } from '../../src/release/listen.js'

describe('endpointsOf', () => {
  it('is the port that the program chose, for both slots', () => {
    assert.deepEqual(endpointsOf('web', { mode: 'fixed', port: 3000 }, null), {
      blue: { tcp: 3000 },
      green: { tcp: 3000 },
    })
  })
  it('is a port that slipway picked for each slot', () => {
    assert.deepEqual(endpointsOf('web', { mode: 'port' }, [20_000, 20_005]), {
      blue: { tcp: 20_000 },
      green: { tcp: 20_005 },
    })
  })
  it('is the port that the program chose, in a network for each slot', () => {
    const listen: Listen = { mode: 'network', port: 3000, reach: [] }
    assert.deepEqual(endpointsOf('web', listen, [20_000, 20_005]), {
      blue: { tcp: 3000, at: ['198.18.156.65', 'fd5c:91b7:e0a4::9c41'] },
      green: { tcp: 3000, at: ['198.18.156.75', 'fd5c:91b7:e0a4::9c4b'] },
    })
    assert.throws(() => endpointsOf('web', listen, null), /no ports were picked for web/)
  })
  it('is a socket of the program for each slot', () => {
    assert.deepEqual(endpointsOf('web', { mode: 'unix' }, null), {
      blue: { unix: '/run/slipway-sockets/web/blue.sock' },
      green: { unix: '/run/slipway-sockets/web/green.sock' },
    })
  })
  it('is a socket of systemd for each slot', () => {
    assert.deepEqual(endpointsOf('web', { mode: 'socket' }, null), {
      blue: { unix: '/run/slipway-sockets/web@blue.sock' },
      green: { unix: '/run/slipway-sockets/web@green.sock' },
    })
  })
  it('needs picked ports', () => {
    assert.throws(() => endpointsOf('web', { mode: 'port' }, null), /no ports were picked for web/)
  })
})

describe('listenEnv', () => {
  it('names the port that slipway picked for the slot', () => {
    const ports = [20_000, 20_005] as const
    assert.deepEqual(listenEnv('web', { mode: 'port' }, ports, 'blue'), { PORT: '20000' })
    assert.deepEqual(listenEnv('web', { mode: 'port' }, ports, 'green'), { PORT: '20005' })
  })
  it('names the socket to make', () => {
    assert.deepEqual(listenEnv('web', { mode: 'unix' }, null, 'green'), {
      LISTEN_PATH: '/run/slipway-sockets/web/green.sock',
    })
  })
  it('is empty for programs that know where to listen', () => {
    for (const slot of SLOTS) {
      assert.deepEqual(listenEnv('web', { mode: 'fixed', port: 3000 }, null, slot), {})
      assert.deepEqual(listenEnv('web', { mode: 'socket' }, null, slot), {})
      assert.deepEqual(listenEnv('web', undefined, null, slot), {})
    }
  })
})

describe('the sockets', () => {
  it('are named by the instance of the unit', () => {
    assert.equal(listenPath('web', '%i'), '/run/slipway-sockets/web/%i.sock')
    assert.equal(socketPath('web', '%i'), '/run/slipway-sockets/web@%i.sock')
  })
})
