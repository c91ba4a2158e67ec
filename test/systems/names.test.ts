import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOST_NAME_PATTERN, SYSTEM_NAME_PATTERN } from '../../src/config/names.js'
import { hostName, systemName, uniqueNames } from '../../src/systems/names.js'

describe('hostName', () => {
  for (const [node, expected] of [
    ['web', 'web'],
    ['db.example', 'db.example'],
    ['My_Node-2', 'My_Node-2'],
    ['my node!', 'my-node-'],
    ['_x', 'x'],
    ['é', 'node'],
  ] as const) {
    it(`of ${node} is ${expected}`, () => {
      assert.equal(hostName(node), expected)
      assert.match(expected, HOST_NAME_PATTERN)
    })
  }
})

describe('systemName', () => {
  for (const [node, profile, expected] of [
    ['web', 'system', 'web-system'],
    ['db.example', 'home.nix', 'db-example-home-nix'],
    ['My_Node', 'App', 'my-node-app'],
    ['10.0.0.1', 'system', 'node-10-0-0-1-system'],
    ['w'.repeat(70), 'system', 'w'.repeat(63)],
  ] as const) {
    it(`of ${node} and ${profile} is ${expected}`, () => {
      assert.equal(systemName(node, profile), expected)
      assert.match(expected, SYSTEM_NAME_PATTERN)
    })
  }
})

describe('uniqueNames', () => {
  it('numbers names that come again, past those that are taken', () => {
    assert.deepEqual(uniqueNames(['a', 'b', 'a', 'a-2', 'a']), ['a', 'b', 'a-2', 'a-2-2', 'a-3'])
  })
})
