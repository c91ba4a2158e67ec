import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { givenOverrides, joinOverrides } from '../../src/cli/overrides.js'
import type { SlipwayError } from '../../src/errors.js'

describe('--override-input', () => {
  it('takes inputs of inputs, and references with an = of their own', () => {
    const overrideInput = ['nixpkgs=../nixpkgs', 'deploy-rs/utils=github:a/b?ref=c', 'a/b/c=.']
    assert.deepEqual(givenOverrides({ overrideInput }), {
      nixpkgs: '../nixpkgs',
      'deploy-rs/utils': 'github:a/b?ref=c',
      'a/b/c': '.',
    })
  })

  for (const text of ['nixpkgs', '=x', 'nixpkgs=', '/utils=x', 'deploy-rs/=x']) {
    it(`refuses ${text}, with an example`, () =>
      assert.throws(
        () => givenOverrides({ overrideInput: [text] }),
        (error: SlipwayError) =>
          error.parts.what === `--override-input ${text} is not NAME=PATH` &&
          /deploy-rs\/utils/.test(error.parts.next ?? ''),
      ))
  }

  it('is one word, also where it is written as Nix has it', () => {
    assert.deepEqual(
      joinOverrides([
        'plan',
        '--override-input',
        'deploy-rs/utils',
        'path:../u',
        'web',
        '--',
        '--override-input',
        'a',
        'b',
      ]),
      ['plan', '--override-input', 'deploy-rs/utils=path:../u', 'web', '--', '--override-input', 'a', 'b'],
    )
    assert.deepEqual(joinOverrides(['--override-input', 'a=b', 'c']), ['--override-input', 'a=b', 'c'])
  })
})
