import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { passwordFile } from '../../../src/agent/services/passwords.js'
import { CallFailed } from '../../../src/contract/failure.js'

describe('passwordFile', () => {
  it('has a salted hash in place of each password', () => {
    const lines = passwordFile('ann:s3:cret\r\nbob:s3:cret\n\n', 'USERS').trimEnd().split('\n')
    const hashes = lines.map((line) => {
      const [, user, text = ''] = /^([^:]+):\{SSHA\}([A-Za-z0-9+/=]+)$/.exec(line) ?? []
      const bytes = Buffer.from(text, 'base64')
      const salted = createHash('sha1').update('s3:cret').update(bytes.subarray(20)).digest()
      assert.deepEqual(bytes.subarray(0, 20), salted, user)
      return text
    })
    assert.deepEqual(
      lines.map((line) => line.split(':')[0]),
      ['ann', 'bob'],
    )
    assert.notEqual(hashes[0], hashes[1])
  })

  for (const value of ['', '\n', 'ann', 'ann:', ':x', 'a b:x', 'ann:x\nbob', 'a:b\n'.repeat(1001)]) {
    it(`is not made of ${JSON.stringify(value.slice(0, 20))}, which is not told`, () => {
      assert.throws(
        () => passwordFile(value, 'USERS'),
        (error: Error) => error instanceof CallFailed && /USERS is no list of passwords/.test(error.message),
      )
    })
  }
})
