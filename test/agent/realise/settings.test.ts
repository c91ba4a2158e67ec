import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseSettings } from '../../../src/agent/nix-settings.js'
import { buildProblem, trustProblem } from '../../../src/agent/realise/settings.js'

const DEFAULTS = `build-users-group = nixbld
require-sigs = true
sandbox = true
substituters =
trusted-users = root @wheel ann
`
const settings = (changed = '') => parseSettings(`${DEFAULTS}${changed}`)

describe('parseSettings', () => {
  it('reads values, also empty ones, and takes the last', () => {
    const read = settings('sandbox = relaxed\n')
    assert.equal(read.get('sandbox'), 'relaxed')
    assert.equal(read.get('substituters'), '')
    assert.equal(read.get('trusted-users'), 'root @wheel ann')
  })
})

describe('trustProblem', () => {
  const of = (changed: string) => trustProblem(settings(changed), 'slipway', ['slipway', 'nix-users'])?.what

  it('is none where the deploy user is nobody for Nix', () => assert.equal(of(''), undefined))

  for (const [changed, what] of [
    ['require-sigs = false\n', /takes any package from anybody/],
    ['trusted-users = root slipway\n', /has slipway$/],
    ['trusted-users = root @nix-users\n', /has @nix-users$/],
    ['trusted-users = *\n', /has \*$/],
  ] as const) {
    it(`is one with ${changed.trim()}`, () => assert.match(of(changed) ?? '', what))
  }
})

describe('buildProblem', () => {
  it('is none with a sandbox, and users to build as', () => {
    assert.equal(buildProblem(settings()), undefined)
    assert.equal(buildProblem(settings('sandbox = relaxed\n')), undefined)
    assert.equal(buildProblem(settings('build-users-group =\nauto-allocate-uids = true\n')), undefined)
  })

  it('says what is missing, and how it comes', () => {
    assert.match(buildProblem(settings('sandbox = false\n'))?.next ?? '', /^Set `sandbox = true` in/)
    assert.match(
      buildProblem(settings('build-users-group =\n'))?.next ?? '',
      /^Set `build-users-group = nixbld`/,
    )
  })
})
