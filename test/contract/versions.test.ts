import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compareVersions, replaces, runsAgent } from '../../src/contract/versions.js'

describe('versions', () => {
  it('compares numbers, not digits', () => {
    const sorted = ['v22.1.0', '1.10.0', '1.9.9', '1.10', '0.1.0-beta.2'].sort(compareVersions)
    assert.deepEqual(sorted, ['0.1.0-beta.2', '1.9.9', '1.10.0', '1.10', 'v22.1.0'])
  })

  it('knows which Node runs the agent', () => {
    assert.deepEqual(['v20.18.1', 'v20.19.0', 'v24.0.0', 'v18.20.0', '', 'no such file'].map(runsAgent), [
      false,
      true,
      true,
      false,
      false,
      false,
    ])
  })

  it('replaces a version by itself or a newer one', () => {
    assert.deepEqual(
      [
        ['0.1.0', '0.1.0'],
        ['0.2.0', '0.1.9'],
        ['0.1.9', '0.2.0'],
      ].map(([own = '', installed = '']) => replaces(own, installed)),
      [true, true, false],
    )
  })
})
