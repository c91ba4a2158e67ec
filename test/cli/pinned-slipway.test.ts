import assert from 'node:assert/strict'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { pinnedSlipway } from '../../src/cli/commands/ci/pinned-slipway.js'
import { type Folder, temporaryFolder } from '../nix/samples.js'

describe('pinnedSlipway', () => {
  let folder: Folder
  beforeEach(() => {
    folder = temporaryFolder()
  })
  afterEach(() => folder.remove())

  const needs = (spec: string) => JSON.stringify({ devDependencies: { slipway: spec } })
  const at = (path = '') => pinnedSlipway(join(folder.path, path), folder.path)

  it('is found in the folder of the config, and above', () => {
    folder.write({ 'package.json': needs('file:slipway-0.1.0.tgz') })
    assert.equal(at('services'), 'npm exec --yes --package=./slipway-0.1.0.tgz -- slipway')
    folder.write({ 'services/package.json': needs('file:slipway-0.1.0.tgz') })
    assert.equal(at('services'), 'npm exec --yes --package=./services/slipway-0.1.0.tgz -- slipway')
  })

  for (const [spec, command] of [
    ['file:slipway-0.1.0.tgz', './slipway-0.1.0.tgz'],
    ['file:./tools/slipway-0.1.0.tgz', './tools/slipway-0.1.0.tgz'],
    ['git+ssh://git@git.example/slipway.git#abc', "'git+ssh://git@git.example/slipway.git#abc'"],
    ['https://example.com/slipway-0.1.0.tgz', 'https://example.com/slipway-0.1.0.tgz'],
  ] as const) {
    it(`is what package.json names: ${spec}`, () => {
      folder.write({ 'package.json': needs(spec) })
      assert.equal(at(), `npm exec --yes --package=${command} -- slipway`)
    })
  }
  it('has its file where package.json is', () => {
    folder.write({ 'web/package.json': needs('file:../slipway-0.1.0.tgz') })
    assert.equal(at('web'), 'npm exec --yes --package=./slipway-0.1.0.tgz -- slipway')
  })

  for (const spec of ['^0.1.0', '0.1.0', '*', 'latest', 'npm:slipway@0.1.0']) {
    it(`is no name on a registry: ${spec}`, () => {
      folder.write({ 'package.json': needs(spec) })
      assert.equal(at(), undefined)
    })
  }
  it('is not there where nothing is pinned', () => assert.equal(at(), undefined))
})
