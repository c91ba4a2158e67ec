import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { signingKeyFile, unsignedError } from '../../src/engine/signing.js'

describe('signingKeyFile', () => {
  it('is the one named, else in the config folder', () => {
    assert.equal(signingKeyFile({ SLIPWAY_SIGNING_KEY_FILE: '/run/key' }), '/run/key')
    assert.equal(signingKeyFile({ XDG_CONFIG_HOME: '/c' }), '/c/slipway/signing.key')
    assert.match(signingKeyFile({}), /\/\.config\/slipway\/signing\.key$/)
  })
})

describe('unsignedError', () => {
  it('shows what Nix said, and no more', () => {
    const said =
      "copying 1 paths\nerror: cannot add path '/nix/store/x' because it lacks a signature by a trusted key\nbye"
    assert.equal(
      unsignedError('web', said).parts.why,
      "error: cannot add path '/nix/store/x' because it lacks a signature by a trusted key",
    )
  })
})
