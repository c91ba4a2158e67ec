import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLoopback, isPrivate, ownAddresses } from '../../../src/agent/certificates/addresses.js'

describe('isPrivate', () => {
  for (const [address, is] of [
    ['10.1.2.3', true],
    ['172.16.0.1', true],
    ['172.31.255.1', true],
    ['192.168.1.1', true],
    ['169.254.1.1', true],
    ['100.64.0.1', true],
    ['100.127.255.255', true],
    ['fd00::1', true],
    ['fc00::1', true],
    ['fe80::1', true],
    ['172.32.0.1', false],
    ['172.15.0.1', false],
    ['100.63.0.1', false],
    ['100.128.0.1', false],
    ['203.0.113.1', false],
    ['2001:db8::1', false],
  ] as const) {
    it(`is ${is} of ${address}`, () => assert.equal(isPrivate(address), is))
  }
})

describe('isLoopback', () => {
  for (const [address, is] of [
    ['127.0.0.1', true],
    ['127.0.1.1', true],
    ['::1', true],
    ['128.0.0.1', false],
    ['::2', false],
  ] as const) {
    it(`is ${is} of ${address}`, () => assert.equal(isLoopback(address), is))
  }
})

it('ownAddresses has none that mean this host alone', () => {
  for (const address of ownAddresses()) {
    assert.ok(!isLoopback(address) && !address.startsWith('fe80'), address)
  }
})
