import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { keyNameOf, parsePublicKey } from '../../src/config/public-key.js'
import { SlipwayError } from '../../src/errors.js'

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIEr3v6mGDMrIHe1vZ0fCkXkSxq0m1J8Zq3y2r1r5sQ8m'
const refuses = (work: () => unknown, what: RegExp) =>
  assert.throws(work, (error) => error instanceof SlipwayError && what.test(error.message))

describe('parsePublicKey', () => {
  it('takes a key, and leaves its comment', () =>
    assert.deepEqual(parsePublicKey(`ssh-ed25519 ${KEY} ci@box, "x"\n`, 'ci.pub'), {
      type: 'ssh-ed25519',
      base64: KEY,
    }))

  for (const [name, text] of Object.entries({
    'two keys': `ssh-ed25519 ${KEY}\nssh-ed25519 ${KEY}\n`,
    'two keys, parted by a carriage return': `ssh-ed25519 ${KEY} x\r\nssh-ed25519 ${KEY}`,
    options: `command="sh" ssh-ed25519 ${KEY}\n`,
    'an unknown type': `ssh-dss ${KEY}\n`,
    'no key': 'ssh-ed25519 "; id"\n',
    nothing: '',
  })) {
    it(`refuses ${name}`, () => refuses(() => parsePublicKey(text, 'ci.pub'), /not one public key of ssh/))
  }

  it('does not send a private key anywhere', () =>
    refuses(() => parsePublicKey('-----BEGIN OPENSSH PRIVATE KEY-----\n', 'ci'), /is a private key/))
})

describe('keyNameOf', () => {
  it('is the name of the file', () => {
    assert.equal(keyNameOf('keys/CI_main.pub'), 'ci-main')
    assert.equal(keyNameOf('id_ed25519.pub'), 'id-ed25519')
  })
})
