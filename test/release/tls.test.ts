import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tlsDomains, tlsPrograms } from '../../src/release/tls.js'
import { app } from './samples.js'

describe('what certificates need', () => {
  it('is lego and openssl for ACME', () => {
    const web = app({ listen: 'port', routes: ['https://a.example', 'http://b.example'] })
    assert.deepEqual([...tlsDomains([web]).keys()], ['a.example'])
    assert.deepEqual(tlsPrograms([web]), ['openssl', 'lego'])
  })

  it('is nothing without https routes', () => {
    assert.deepEqual(tlsPrograms([app({ listen: 'port', routes: ['http://b.example'] })]), [])
  })
})
