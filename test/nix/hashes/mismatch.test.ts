import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeHash } from '../../../src/nix/hashes/hash.js'
import { parseMismatches } from '../../../src/nix/hashes/mismatch.js'

const DRV = '/nix/store/z060jd3415dpa94xxja2c8hc3vrla5j1-a-go-modules.drv'
const OTHER = '/nix/store/zm5j04qpdpgk7ikwvhqpaly3p41bjrbi-b-npm-deps.drv'
const ZERO = 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
const GOT = 'sha256-9G4SzKi0MAPb8y1ubhSam7E+nsSwex5kxcBdlpP6CWM='

/** What is read of a text, with hashes as SRI. */
function read(text: string): string[][] {
  return parseMismatches(text).map(({ where, specified, got }) => [
    where,
    encodeHash(specified, 'sri'),
    encodeHash(got, 'sri'),
  ])
}

describe('parseMismatches', () => {
  it("reads a derivation's, as Nix has said it since 2.4", () => {
    const text = `error: hash mismatch in fixed-output derivation '${DRV}':\n         specified: ${ZERO}\n            got:    ${GOT}`
    assert.deepEqual(read(text), [[DRV, ZERO, GOT]])
  })

  it('reads it from the middle of a trace, indented', () => {
    const text = `error:\n       … while evaluating attribute 'configurePhase'\n\n       error: hash mismatch in fixed-output derivation '${DRV}':\n         specified: ${ZERO}\n            got:    ${GOT}\nerror: 1 dependencies of derivation '/nix/store/x-a.drv' failed to build`
    assert.deepEqual(read(text), [[DRV, ZERO, GOT]])
  })

  it('reads that of a file that is fetched during evaluation', () => {
    const url = 'https://github.com/NixOS/nixpkgs/archive/9a17f32.tar.gz'
    const text = `error: hash mismatch in file downloaded from '${url}':\n         specified: sha256:0vmkvi5x46q14dapiq134bcn8g1frsi9mcmi1ap9h47im1zlv2fq\n         got:       sha256:1an6mzhrrawr696swhn5pk71k00xq5p4vp186rcfyj9f9zx27707`
    assert.deepEqual(read(text), [
      [
        url,
        'sha256-2IlNf6jxEJiuCrGymqLOLjxk2SIj4HhVIwEb0kvcs24=',
        'sha256-B5wj+k8uSe9YNijcTW7BHYAZzrzFQq5NMpmrnOGvxqo=',
      ],
    ])
  })

  it('reads the older word for what was specified', () => {
    const text = `hash mismatch in fixed-output derivation '${DRV}':\n  wanted: sha256:1b8m03r63zqhnjf7l5wnldhh7c134ap5vpj0850ymkq1iyzicy5s\n  got:    ${GOT}`
    assert.deepEqual(read(text), [[DRV, 'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=', GOT]])
  })

  it('reads several, each once', () => {
    const one = `error: hash mismatch in fixed-output derivation '${DRV}':\n         specified: ${ZERO}\n            got:    ${GOT}\n`
    const two = one.replace(DRV, OTHER)
    assert.deepEqual(read(one + two + one), [
      [DRV, ZERO, GOT],
      [OTHER, ZERO, GOT],
    ])
  })

  for (const text of [
    `error: builder for '${DRV}' failed with exit code 1`,
    "error: NAR hash mismatch in input 'github:NixOS/nixpkgs', expected 'sha256-x' but got 'sha256-y'",
    "error: hash mismatch importing path '/nix/store/x';\n  specified: sha256:1\n  got:       sha256:2",
    `error: hash mismatch in fixed-output derivation '${DRV}':\n  specified: something\n  got: ${GOT}`,
  ]) {
    it(`leaves alone: ${text.slice(0, 50)}`, () => assert.deepEqual(parseMismatches(text), []))
  }
})
