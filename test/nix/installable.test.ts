import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseInstallable } from '../../src/nix/installable.js'

describe('parseInstallable', () => {
  for (const [text, flake, path] of [
    ['.', '.', ['default']],
    ['.#', '.', ['default']],
    ['#web', '.', ['web']],
    ['github:me/app#web', 'github:me/app', ['web']],
    ['.#nested.web', '.', ['nested', 'web']],
    [
      '.#deploy.nodes."my.node".profiles."system".path',
      '.',
      ['deploy', 'nodes', 'my.node', 'profiles', 'system', 'path'],
    ],
    ["path:/a#it's-me_2", 'path:/a', ["it's-me_2"]],
  ] as const) {
    it(`takes ${text} apart`, () => assert.deepEqual(parseInstallable(text), { flake, path }))
  }

  for (const text of ['.#web^bin', '.#a..b', '.#a.', '.#."x"', '.#"a"b', '.#1', '.# a']) {
    it(`leaves ${text} to Nix`, () => assert.equal(parseInstallable(text).path, undefined))
  }
})
