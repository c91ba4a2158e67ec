import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseMissing } from '../../../src/agent/realise/missing.js'

describe('parseMissing', () => {
  it('tells what is built and fetched, and how large that is', () => {
    const text = `warning: something
these 2 derivations will be built:
  /nix/store/a.drv
  /nix/store/b.drv
these 3 paths will be fetched (0.41 MiB download, 1.50 MiB unpacked):
  /nix/store/c
  /nix/store/d
  /nix/store/e
`
    assert.deepEqual(parseMissing(text), {
      build: ['/nix/store/a.drv', '/nix/store/b.drv'],
      fetch: ['/nix/store/c', '/nix/store/d', '/nix/store/e'],
      fetchBytes: 1572864,
    })
  })

  it('knows one of each, and the units of newer versions', () => {
    const text = `this derivation will be built:
  /nix/store/a.drv
this path will be fetched (12.0 KiB download, 2.0 GiB unpacked):
  /nix/store/c
don't know how to build these paths:
  /nix/store/x
`
    assert.deepEqual(parseMissing(text), {
      build: ['/nix/store/a.drv'],
      fetch: ['/nix/store/c'],
      fetchBytes: 2147483648,
    })
  })

  it('is nothing where everything is there', () => {
    assert.deepEqual(parseMissing(''), { build: [], fetch: [], fetchBytes: 0 })
  })
})
