import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { needsNewerRust, readToolchain } from '../../../../src/init/detect/rust/toolchain.js'
import { textTree } from '../corpus.js'

describe('readToolchain', () => {
  it("is nixpkgs' own where none is named, or stable", () => {
    assert.equal(readToolchain(textTree({}), '').file, undefined)
    assert.equal(
      readToolchain(textTree({ 'rust-toolchain.toml': '[toolchain]\nchannel = "stable"' }), '').file,
      undefined,
    )
  })

  it('is the one that is named, in either form', () => {
    const pinned = readToolchain(textTree({ 'rust-toolchain.toml': '[toolchain]\nchannel = "1.80.1"' }), '')
    assert.deepEqual(
      [pinned.file, pinned.channel],
      ['rust-toolchain.toml', { value: '1.80.1', at: { file: 'rust-toolchain.toml', line: 2 } }],
    )
    assert.equal(readToolchain(textTree({ 'rust-toolchain': 'nightly\n' }), '').channel?.value, 'nightly')
  })

  it('lacks components that a minimal profile leaves out', () => {
    const text = '[toolchain]\nchannel = "nightly"\nprofile = "minimal"\ncomponents = ["clippy"]'
    const { has } = readToolchain(textTree({ 'rust-toolchain.toml': text }), '')
    assert.deepEqual([has('clippy'), has('rustfmt')], [true, false])
  })
})

describe('needsNewerRust', () => {
  it("compares with nixpkgs'", () => {
    assert.deepEqual(['1.70', '1.999.0', undefined].map(needsNewerRust), [false, true, false])
  })
})
