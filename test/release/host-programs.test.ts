import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packageOf, programsFor } from '../../src/release/host-programs.js'
import { tlsDomains } from '../../src/release/tls.js'
import { app } from './samples.js'

const of = (...services: Parameters<typeof programsFor>[0]) => [...programsFor(services).keys()]

describe('what services need of a host', () => {
  it('is lego and openssl for certificates by ACME', () => {
    const web = app({ listen: 'port', routes: ['https://a.example', 'http://b.example'] })
    assert.deepEqual([...tlsDomains([web]).keys()], ['a.example'])
    assert.deepEqual(of(web), ['openssl', 'lego'])
  })

  it('is nothing without https routes', () => {
    assert.deepEqual(of(app({ listen: 'port', routes: ['http://b.example'] })), [])
  })

  it('is what makes networks of their own', () => {
    assert.deepEqual(of(app({ listen: { port: 3000, network: 'own' } })), ['ip', 'nft', 'pasta'])
    assert.deepEqual(['ip', 'nft', 'pasta', 'lego'].map(packageOf), ['iproute2', 'nftables', 'passt', 'lego'])
  })
})
