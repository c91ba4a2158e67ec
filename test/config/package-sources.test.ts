import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { packageSources } from '../../src/config/package-sources.js'
import { app, staticSite } from '../release/samples.js'

describe('packageSources', () => {
  it('has what a service is built from, and what its variables name', () => {
    const env = {
      LEVEL: 'info',
      CONTENT: { package: { file: './content.nix' } },
      DATA: { package: 'path:/data' },
    }
    assert.deepEqual(packageSources(app({ env })), [
      { flake: '.#app' },
      { file: './content.nix', attr: undefined },
      { flake: 'path:/data' },
    ])
    assert.deepEqual(packageSources(staticSite()), [{ flake: '.#app' }])
  })
})
