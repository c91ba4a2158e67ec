import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { endpointOf, listenEnv } from '../../src/release/listen.js'

describe('endpointOf', () => {
  it('is the port that the program chose', () => {
    assert.deepEqual(endpointOf('web', { mode: 'fixed', port: 3000 }, undefined), { tcp: 3000 })
  })
  it('is the port that slipway picked', () => {
    assert.deepEqual(endpointOf('web', { mode: 'port' }, 20_000), { tcp: 20_000 })
  })
  it('is the socket of the program', () => {
    assert.deepEqual(endpointOf('web', { mode: 'unix' }, undefined), { unix: '/run/web/http.sock' })
  })
  it('is the socket of systemd', () => {
    assert.deepEqual(endpointOf('web', { mode: 'socket' }, undefined), { unix: '/run/web.sock' })
  })
  it('needs a picked port', () => {
    assert.throws(() => endpointOf('web', { mode: 'port' }, undefined), /no port was picked for web/)
  })
})

describe('listenEnv', () => {
  it('names the port that slipway picked', () => {
    assert.deepEqual(listenEnv('web', { mode: 'port' }, 20_000), { PORT: '20000' })
  })
  it('names the socket to make', () => {
    assert.deepEqual(listenEnv('web', { mode: 'unix' }, undefined), { LISTEN_PATH: '/run/web/http.sock' })
  })
  it('is empty for programs that know where to listen', () => {
    assert.deepEqual(listenEnv('web', { mode: 'fixed', port: 3000 }, undefined), {})
    assert.deepEqual(listenEnv('web', { mode: 'socket' }, undefined), {})
    assert.deepEqual(listenEnv('web', undefined, undefined), {})
  })
})
