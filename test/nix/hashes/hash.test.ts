import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { encodeHash, type Hash, isPlaceholder, parseHash } from '../../../src/nix/hashes/hash.js'
import { WITHOUT_NIX } from '../samples.js'

const ABC: Hash = { algorithm: 'sha256', bytes: createHash('sha256').update('abc').digest() }
const FORMS = {
  sri: 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
  base64: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
  base32: '1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s',
  base16: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
} as const

describe('encodeHash', () => {
  for (const encoding of ['sri', 'base64', 'base32', 'base16'] as const) {
    it(`writes ${encoding}`, () => assert.equal(encodeHash(ABC, encoding), FORMS[encoding]))
  }

  it('writes what nix-hash writes, for every algorithm', { skip: WITHOUT_NIX }, () => {
    for (const [algorithm, length] of [
      ['md5', 16],
      ['sha1', 20],
      ['sha256', 32],
      ['sha512', 64],
    ] as const) {
      const bytes = randomBytes(length)
      const told = (...args: string[]) =>
        execFileSync('nix-hash', ['--type', algorithm, ...args, bytes.toString('hex')], {
          encoding: 'utf8',
        }).trim()
      assert.equal(encodeHash({ algorithm, bytes }, 'base32'), told('--to-base32'))
    }
  })
})

describe('parseHash', () => {
  for (const text of [
    FORMS.sri,
    `sha256:${FORMS.base64}`,
    `sha256:${FORMS.base32}`,
    `sha256:${FORMS.base16}`,
  ]) {
    it(`reads ${text}`, () => assert.deepEqual(parseHash(text), ABC))
  }

  it('reads what it wrote', () => {
    for (const [algorithm, length] of [
      ['md5', 16],
      ['sha1', 20],
      ['sha512', 64],
      ['blake3', 32],
    ] as const) {
      const hash: Hash = { algorithm, bytes: randomBytes(length) }
      assert.deepEqual(parseHash(encodeHash(hash, 'sri')), hash)
      assert.deepEqual(parseHash(`${algorithm}:${encodeHash(hash, 'base32')}`), hash)
    }
  })

  for (const text of [
    '',
    FORMS.base32,
    'sha256-',
    'sha256-short',
    `sha512-${FORMS.base64}`,
    `md4-${FORMS.base64}`,
    `sha256-${FORMS.base64.replace('+', '*')}`,
    `sha256:${FORMS.base32.replace('m', 'e')}`,
    `sha256:${FORMS.base16.replace('b', 'g')}`,
  ]) {
    it(`knows that "${text}" is none`, () => assert.equal(parseHash(text), undefined))
  }
})

describe('isPlaceholder', () => {
  it('is true for zeros alone', () => {
    assert.equal(isPlaceholder({ algorithm: 'sha256', bytes: Buffer.alloc(32) }), true)
    assert.equal(isPlaceholder(ABC), false)
  })
})
