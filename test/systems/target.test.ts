import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ExitCode, SlipwayError } from '../../src/errors.js'
import { parseDeployTarget, profileInstallable } from '../../src/systems/target.js'

describe('parseDeployTarget', () => {
  for (const [text, flake, node, profile] of [
    ['.', '.'],
    ['.#', '.'],
    ['#web', '.', 'web'],
    ['.#web', '.', 'web'],
    ['.#web.system', '.', 'web', 'system'],
    ['../infra#web.system', '../infra', 'web', 'system'],
    ['github:me/infra?ref=main#web', 'github:me/infra?ref=main', 'web'],
    ['.#"db.example"', '.', 'db.example'],
    ['.#"db.example".system', '.', 'db.example', 'system'],
    ['.#web."home.nix"', '.', 'web', 'home.nix'],
    ['.#"a b"."c#d"', '.', 'a b', 'c#d'],
    [".#node-1.it's_2", '.', 'node-1', "it's_2"],
  ]) {
    it(`reads ${text}`, () => assert.deepEqual(parseDeployTarget(text ?? ''), { flake, node, profile }))
  }

  for (const text of [
    '.#web.',
    '.#.web',
    '.#a..b',
    '.#"web',
    '.#a b',
    '.#"a"b',
    '.#""',
    '.#a"b"',
    '.#web.system.',
  ]) {
    it(`refuses ${text}`, () => {
      assert.throws(() => parseDeployTarget(text), {
        message: `${text} is not FLAKE, FLAKE#NODE or FLAKE#NODE.PROFILE`,
        code: ExitCode.usage,
      })
    })
  }

  it('says how to quote a name with dots', () => {
    assert.throws(
      () => parseDeployTarget('.#db.example.system'),
      new SlipwayError({
        what: '.#db.example.system names more than a node and a profile',
        next: `Names with dots are quoted: '.#"my.node".system'.`,
        code: ExitCode.usage,
      }),
    )
  })
})

describe('profileInstallable', () => {
  it('quotes names', () => {
    assert.equal(
      profileInstallable('../infra', 'db.example', 'system'),
      '../infra#deploy.nodes."db.example".profiles."system".path',
    )
  })
})
