import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unlockedText } from '../../src/plan/inputs.js'

describe('unlockedText', () => {
  it('names the inputs, and the command that locks them', () => {
    assert.deepEqual(unlockedText({ of: 'flake', flake: './api', inputs: ['nixpkgs', 'crane'] }), {
      found:
        'flake.lock of ./api does not have nixpkgs, crane: another day the same commit may give another package',
      fix: 'nix flake lock ./api, and commit flake.lock; `slipway deploy` does the former',
    })
  })

  it('says where a file is pinned', () => {
    const { found, fix } = unlockedText({ of: 'file', file: 'default.nix', inputs: ['nixpkgs'] })
    assert.match(found, /^default\.nix takes <nixpkgs> from the machine that builds it/)
    assert.match(fix, /overrideInputs: \{ nixpkgs: 'github:NixOS\/nixpkgs\/REVISION' \}$/)
  })

  it('says of an override that it moves', () => {
    const { found } = unlockedText({ of: 'override', ref: 'github:NixOS/nixpkgs', inputs: ['nixpkgs'] })
    assert.match(found, /^overrideInputs\.nixpkgs is 'github:NixOS\/nixpkgs', which moves/)
  })
})
