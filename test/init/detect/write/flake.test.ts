import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { WITHOUT_NIX } from '../../../nix/samples.js'
import { EXPECTED } from '../corpus.js'

/** All flakes and modules of the corpus, each compared with what is written in ../corpus.test.ts. */
const FILES = readdirSync(EXPECTED, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.nix'),
)
const FLAKES = FILES.filter((file) => file.endsWith('flake.nix'))

describe('flakeFile', () => {
  it('writes what Nix can read', { skip: WITHOUT_NIX }, async () => {
    assert.ok(FLAKES.length > 30)
    await execa('nix-instantiate', ['--parse', ...FILES.map((file) => join(EXPECTED, file))])
  })

  it('gives each flake the outputs that people look for', { skip: WITHOUT_NIX }, async () => {
    // Inputs that nobody fetches: names are known without them.
    const expression = (file: string) => `(let
      flake = import ${join(EXPECTED, file)};
      lib = { genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names); };
      inputs = builtins.mapAttrs (_: _: { }) flake.inputs // { nixpkgs = { inherit lib; legacyPackages = { x86_64-linux = { }; aarch64-linux = { }; }; }; self = { inherit (outputs) packages; }; };
      outputs = flake.outputs inputs;
    in { outputs = builtins.attrNames outputs; packages = builtins.mapAttrs (_: builtins.attrNames) outputs.packages; checks = builtins.attrNames outputs.checks.aarch64-linux; })`
    const all = `[ ${FLAKES.map(expression).join('\n')} ]`
    const { stdout } = await execa('nix-instantiate', ['--eval', '--strict', '--json', '--expr', all])
    for (const [index, { outputs, packages, checks }] of JSON.parse(stdout).entries()) {
      const file = FLAKES[index]
      assert.deepEqual(
        outputs,
        ['apps', 'checks', 'devShells', 'formatter', 'nixosModules', 'packages'],
        file,
      )
      assert.deepEqual(Object.keys(packages), ['aarch64-linux', 'x86_64-linux'], file)
      for (const names of Object.values<string[]>(packages)) assert.ok(names.includes('default'), file)
      assert.ok(checks.length > 0, file)
    }
  })
})
