import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PackageRef } from '../../src/config/resolved.js'
import { SlipwayError } from '../../src/errors.js'
import { evaluate } from '../../src/nix/evaluate.js'
import { evaluateAll } from '../../src/nix/evaluate-all.js'
import { localNix, type NixRunner } from '../../src/nix/nix-runner.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from './samples.js'

const OTHER = 'riscv64-linux'
const APP = derivation('slipway-test-app-1.0', 'echo > $out')
const named = (name: string) => derivation(name, 'echo > $out')

describe('evaluateAll', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    folder.write({
      'flake.nix': `{
        outputs = { self }: {
          packages.${SYSTEM} = {
            default = ${APP};
            "a.b" = ${named('dotted')};
            nested.deep = ${named('deep')};
            split = let base = ${named('split')}; in base // { meta.mainProgram = "serve"; };
            throws = throw "this is not supported";
            elsewhere = ${named('near')};
          };
          packages.${OTHER}.default = ${APP.replace(SYSTEM, OTHER)};
          legacyPackages.${SYSTEM} = { old = ${named('old')}; elsewhere = ${named('far')}; };
          path = "\${(${APP}).out}";
          nixosConfigurations.one.config.system.build.toplevel = ${named('system-one')};
          nixosConfigurations."two.three".config.system.build.toplevel = ${named('system-two')};
        };
      }`,
      'app.nix': `{ name ? "x" }: { web = ${APP}; api = ${named('api')}; number = 5; }`,
      'plain.nix': named('plain'),
      'system.nix': `{ a = ${APP.replace(`"${SYSTEM}"`, 'builtins.currentSystem')}; b = ${named('b').replace(`"${SYSTEM}"`, 'builtins.currentSystem')}; }`,
    })
    folder.git('init', '-q')
    folder.git('add', '.')
  })
  after(() => folder.remove())

  /** Nix that counts its runs, and how many are under way at once. */
  function counting(change: Partial<NixRunner> = {}) {
    const nix = { ...localNix(folder.path), ...change }
    const seen = { runs: 0, atOnce: 0, most: 0 }
    const runner: NixRunner = {
      ...nix,
      run: async (command, onErrorLine) => {
        seen.runs += 1
        seen.atOnce += 1
        seen.most = Math.max(seen.most, seen.atOnce)
        try {
          return await nix.run(command, onErrorLine)
        } finally {
          seen.atOnce -= 1
        }
      },
    }
    return { runner, seen }
  }

  const at = (refs: readonly PackageRef[]) =>
    refs.map((ref, index) => ({ at: `services.s${index}.package`, ref }))

  /** That they are what each is by itself; gives how often Nix was run. */
  async function sameAsAlone(refs: readonly PackageRef[], change: Partial<NixRunner> = {}, system?: string) {
    const { runner, seen } = counting(change)
    const together = await evaluateAll(runner, at(refs), {}, system)
    const nix = localNix(folder.path)
    const alone = await Promise.all(refs.map((ref) => evaluate(nix, 'alone', ref, {}, system)))
    assert.deepEqual(together, alone)
    return seen.runs
  }

  const flake = (attribute: string): PackageRef => ({ flake: `.#${attribute}` })
  const file = (path: string, attr?: string): PackageRef => ({ file: path, attr })

  it('evaluates the packages of a flake with one run, beside the question for the system', async () => {
    const refs = [flake('default'), { flake: '.' }, flake('"a.b"'), flake('nested.deep'), flake('split')]
    assert.equal(await sameAsAlone(refs), 2)
  })

  it('evaluates one package as before', async () => {
    assert.equal(await sameAsAlone([flake('split')]), 1)
  })

  it('evaluates the same package once', async () => {
    assert.equal(await sameAsAlone([flake('split'), flake('split'), flake('split')]), 1)
  })

  it('leaves what is not among the packages to Nix, which prefers those that are', async () => {
    assert.equal(await sameAsAlone([flake('old'), flake('elsewhere'), flake('path'), flake('default')]), 4)
  })

  it('evaluates systems of a flake with one run', async () => {
    const system = (name: string) => flake(`nixosConfigurations.${name}.config.system.build.toplevel`)
    assert.equal(await sameAsAlone([system('one'), system('"two.three"')]), 1)
  })

  it('evaluates attributes of a file with one run', async () => {
    assert.equal(await sameAsAlone([file('app.nix', 'web'), file('./app.nix', 'api')]), 2)
    assert.equal(await sameAsAlone([file('app.nix', 'web'), file('app.nix', 'api'), file('plain.nix')]), 2)
  })

  it('evaluates for another system', async () => {
    assert.equal(await sameAsAlone([file('system.nix', 'a'), file('system.nix', 'b')], {}, OTHER), 1)
    const all = [flake('default'), flake(`packages.${OTHER}.default`)]
    assert.equal(await sameAsAlone(all, {}, OTHER), 2)
  })

  it('asks a host for its system first', async () => {
    assert.equal(await sameAsAlone([flake('default'), flake('split')], { isLocal: false }), 2)
  })

  it('evaluates again where Nix is set to another system than it seems', async () => {
    const { runner, seen } = counting()
    const odd: NixRunner = {
      ...runner,
      run: (command) =>
        command.args.includes('builtins.currentSystem')
          ? Promise.resolve({ exitCode: 0, stdout: JSON.stringify(OTHER), stderr: '' })
          : runner.run({ ...command, args: command.args.concat('--system', OTHER) }),
    }
    const refs = [flake('default'), flake(`packages.${OTHER}.default`), flake('"default"')]
    const [first, second, third] = await evaluateAll(odd, at(refs), {})
    assert.equal(first?.system, OTHER)
    assert.deepEqual(second, first)
    assert.deepEqual(third, first)
    assert.equal(seen.runs, 3)
  })

  it('runs few evaluations at once', async () => {
    const { runner, seen } = counting()
    const refs = Array.from({ length: 12 }, (_, index) => file(`${'./'.repeat(index)}plain.nix`))
    assert.equal((await evaluateAll(runner, at(refs), {})).length, 12)
    assert.equal(seen.runs, 12)
    assert.ok(seen.most <= 4, String(seen.most))
  })

  for (const [what, refs, message, why] of [
    [
      'a package that throws',
      [flake('default'), flake('throws')],
      "services.s1.package can't be evaluated",
      /this is not supported/,
    ],
    [
      'a package that is not there',
      [flake('default'), flake('spilt')],
      'services.s1.package: the flake has no package "spilt"',
      /does not provide attribute/,
    ],
    [
      'a system that is not there',
      [
        flake('nixosConfigurations.one.config.system.build.toplevel'),
        flake('nixosConfigurations.tow.config.system.build.toplevel'),
      ],
      'services.s1.package: the flake has no NixOS configuration "tow"',
      /does not provide attribute/,
    ],
    [
      'an attribute of a file that is no package',
      [file('app.nix', 'number'), file('app.nix', 'web')],
      "services.s0.package can't be evaluated",
      /slipway: this is not a package/,
    ],
    [
      'the first of several',
      [flake('missing'), flake('throws')],
      'services.s0.package: the flake has no package "missing"',
      /does not provide attribute/,
    ],
  ] as const) {
    it(`names ${what}`, async () => {
      const error = await evaluateAll(localNix(folder.path), at(refs), {}).catch((error: unknown) => error)
      assert.ok(error instanceof SlipwayError, String(error))
      assert.equal(error.message, message)
      assert.match(error.parts.why ?? '', why)
    })
  }

  it('gives nothing for nothing', async () => {
    const { runner, seen } = counting()
    assert.deepEqual(await evaluateAll(runner, [], {}), [])
    assert.equal(seen.runs, 0)
  })
})
