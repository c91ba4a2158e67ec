import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { outputsOf } from '../../../src/agent/realise/derivation.js'

const REST = `],[],["/nix/store/b"],"x86_64-linux","/bin/sh",["-c","Derive([(\\"out\\",\\"/nix/store/x\\",\\"\\",\\"\\")]"],[])`

describe('outputsOf', () => {
  it('gives each output, and whether its content is known', () => {
    const text = `Derive([("dev","/nix/store/d","",""),("out","/nix/store/o","r:sha256","ab")${REST}`
    assert.deepEqual(outputsOf(text), [
      { name: 'dev', path: '/nix/store/d', fixed: false },
      { name: 'out', path: '/nix/store/o', fixed: true },
    ])
  })

  it('knows of an output whose path its content will tell that it has none', () => {
    assert.deepEqual(outputsOf(`Derive([("out","","r:sha256","")${REST}`), [
      { name: 'out', path: '', fixed: false },
    ])
  })

  for (const text of [
    '',
    'Derive(',
    `Derive([${REST}`,
    'Derive([("out","/nix/store/o","","")',
    'Derive([("out","/nix/store/o","",""),',
    `Derive([("out","/nix/store/o\\"","","")${REST}`,
    `DrvWithVersion("xp-dyn-drv",[("out","/nix/store/o","","")${REST}`,
    ` Derive([("out","/nix/store/o","","")${REST}`,
  ]) {
    it(`finds none in ${JSON.stringify(text.slice(0, 50))}`, () => assert.deepEqual(outputsOf(text), []))
  }

  it('takes no longer for what is no derivation', () => {
    fc.assert(
      fc.property(fc.string(), (text) => assert.deepEqual(outputsOf(`Derive([(${text}`).length <= 1, true)),
    )
    // With backtracking this would not end.
    assert.deepEqual(outputsOf(`Derive([${'("out","","",""),'.repeat(100_000)}`), [])
  })
})
