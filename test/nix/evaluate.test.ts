import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../src/errors.js'
import { endOfError, evaluate } from '../../src/nix/evaluate.js'
import { localNix, type NixRunner } from '../../src/nix/nix-runner.js'
import { derivation, type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from './samples.js'

const APP = derivation('slipway-test-app-1.0', 'echo > $out')

/** Two outputs, of which `bin` holds the programs, and a main program. */
const SPLIT = `let base = ${derivation('slipway-test-split', 'echo > $out; echo > $bin', 'outputs = [ "out" "bin" ];')};
  in base // { meta.mainProgram = "serve"; }`

describe('endOfError', () => {
  it('leaves out warnings and what became of a lock file, and keeps what git said', () => {
    const said = `warning: updating lock file "/x/flake.lock":
• Updated input 'nixpkgs':
    'github:NixOS/nixpkgs/aaaa' (2026-01-02)
  → 'github:NixOS/nixpkgs/bbbb' (2026-02-03)
• Added input 'app/utils':
    follows 'utils'
fatal: Could not read from remote repository.
error: program 'git' failed with exit code 128

       at /x/flake.nix:3:5:
            'quoted' = 1;`
    assert.equal(
      endOfError(said),
      "fatal: Could not read from remote repository.\nerror: program 'git' failed with exit code 128\n       at /x/flake.nix:3:5:\n            'quoted' = 1;",
    )
  })
})

describe('evaluate', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  let nix: NixRunner
  before(() => {
    folder = temporaryFolder()
    folder.write({
      'flake.nix': `{
        inputs.words = { url = "path:./missing"; flake = false; };
        outputs = { self, words }: {
          packages.${SYSTEM} = { default = ${APP}; split = ${SPLIT}; word = ${APP} // { name = import "\${words}/word.nix"; }; };
          number = 5;
          path = "\${(${SPLIT}).out}";
          text = "no path at all";
          nixosConfigurations.nixie.config.system.build.toplevel = ${APP};
        };
      }`,
      'words/word.nix': '"fortune"',
      'app.nix': `{ name ? "x" }: { web = ${APP}; nested.deep = ${SPLIT}; }`,
      'plain.nix': APP,
      'search.nix': `${APP} // { name = import <words/word.nix>; }`,
      'system.nix': APP.replace(`"${SYSTEM}"`, 'builtins.currentSystem'),
      'broken.nix': '{ web = ; }',
      'throws.nix': 'throw "this is not supported"',
    })
    folder.git('init', '-q')
    folder.git('add', '.')
    nix = localNix(folder.path)
  })
  after(() => folder.remove())

  const words = () => ({ words: `path:${folder.path}/words` })

  /** The error that evaluation ends with. */
  async function failure(ref: Parameters<typeof evaluate>[2], overrides = {}) {
    const error = await evaluate(nix, 'services.web.package', ref, overrides).catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError, String(error))
    return error.parts
  }

  it('tells what a package of a flake will be', async () => {
    const { drv, out, ...rest } = await evaluate(nix, 'services.web.package', { flake: '.' }, words())
    assert.match(drv, /^\/nix\/store\/[a-z0-9]{32}-slipway-test-app-1\.0\.drv$/)
    assert.match(out, /^\/nix\/store\/[a-z0-9]{32}-slipway-test-app-1\.0$/)
    assert.deepEqual(rest, { main: null, name: 'slipway-test-app-1.0', system: SYSTEM })
  })

  it('takes the output with programs, and the main one’s name', async () => {
    const { out, main } = await evaluate(nix, 'services.web.package', { flake: '.#split' }, words())
    assert.match(out, /-slipway-test-split-bin$/)
    assert.equal(main, 'serve')
  })

  it('takes a package by its path', async () => {
    const { drv, out, ...rest } = await evaluate(nix, 'services.web.package', { flake: '.#path' }, words())
    assert.match(drv, /-slipway-test-split\.drv$/)
    assert.match(out, /^\/nix\/store\/[a-z0-9]{32}-slipway-test-split$/)
    assert.deepEqual(rest, { main: null, name: 'slipway-test-split', system: null })
  })

  it('replaces inputs of a flake by folders', async () => {
    assert.equal((await evaluate(nix, 'services.web.package', { flake: '.#word' }, words())).name, 'fortune')
  })

  it('tells what a file, or an attribute of it, will be', async () => {
    const name = async (file: string, attr?: string) =>
      (await evaluate(nix, 'services.web.package', { file, attr }, {})).name
    assert.equal(await name('plain.nix'), 'slipway-test-app-1.0')
    assert.equal(await name('./plain.nix'), 'slipway-test-app-1.0')
    assert.equal(await name(`${folder.path}/plain.nix`), 'slipway-test-app-1.0')
    assert.equal(await name('app.nix', 'web'), 'slipway-test-app-1.0')
    assert.equal(await name('app.nix', 'nested.deep'), 'slipway-test-split')
  })

  it('replaces search paths of a file by folders', async () => {
    assert.equal(
      (await evaluate(nix, 'services.web.package', { file: 'search.nix', attr: undefined }, words())).name,
      'fortune',
    )
  })

  it('suggests the package of a flake that was meant', async () => {
    const { what, next } = await failure({ flake: '.#spilt' }, words())
    assert.equal(what, 'services.web.package: the flake has no package "spilt"')
    assert.equal(next, 'Did you mean "split"?')
  })

  it('lists the packages of a flake where none is near', async () => {
    const { what, next } = await failure({ flake: '.#production-server' }, words())
    assert.equal(what, 'services.web.package: the flake has no package "production-server"')
    assert.equal(next, 'It offers: default, split, word.')
  })

  for (const name of ['my site', 'für', 'a#b', 'q?r']) {
    // Some versions of Nix take some of these paths; none may fail in words that lead nowhere.
    it(`evaluates in a folder called ${name}, or says that its name is in the way`, async () => {
      const top = temporaryFolder()
      try {
        top.write({ [`${name}/flake.nix`]: '{ outputs = _: { }; }' })
        const path = `${top.path}/${name}`
        execFileSync('git', ['init', '-q', path])
        execFileSync('git', ['-C', path, 'add', '.'])
        const error = await evaluate(localNix(path), 'services.web.package', { flake: '.#web' }, {}).catch(
          (error: unknown) => error,
        )
        assert.ok(error instanceof SlipwayError)
        const { what, next } = error.parts
        assert.match(what, /does not take the path of its folder|has no package "web"/)
        if (what.includes('path')) assert.match(next ?? '', /Move the project, or use a newer Nix/)
      } finally {
        top.remove()
      }
    })
  }

  it('evaluates for another system', async () => {
    const file = { file: 'system.nix', attr: undefined }
    assert.equal(
      (await evaluate(nix, 'services.web.package', file, {}, 'riscv64-linux')).system,
      'riscv64-linux',
    )
    const error = await evaluate(
      nix,
      'services.web.package',
      { flake: '.#split' },
      words(),
      'riscv64-linux',
    ).catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError)
    assert.equal(error.parts.what, 'services.web.package: the flake has no package "split" for riscv64-linux')
    assert.equal(error.parts.next, 'It has one for other systems: add "riscv64-linux" to them in flake.nix.')
  })

  it('leaves a NixOS configuration its own system', async () => {
    const toplevel = (name: string) => ({
      flake: `.#nixosConfigurations.${name}.config.system.build.toplevel`,
    })
    const at = 'systems.nixie.flake'
    const { system } = await evaluate(nix, at, toplevel('nixie'), words(), 'riscv64-linux')
    assert.equal(system, SYSTEM)
    await assert.rejects(evaluate(nix, at, toplevel('nixi'), words(), 'riscv64-linux'), {
      message: 'systems.nixie.flake: the flake has no NixOS configuration "nixi"',
    })
  })

  for (const [what, ref, why] of [
    ['a file with a syntax error', { file: 'broken.nix', attr: undefined }, /syntax error, unexpected ';'/],
    ['a file that throws', { file: 'throws.nix', attr: undefined }, /this is not supported/],
    ['a file that is missing', { file: 'missing.nix', attr: undefined }, /missing\.nix/],
    ['an attribute that is missing', { file: 'app.nix', attr: 'wbe' }, /attribute 'wbe' missing/],
    ['something that is no package', { flake: '.#number' }, /slipway: this is not a package/],
    ['text that is no path', { flake: '.#text' }, /slipway: this is not the path of a package/],
  ] as const) {
    it(`shows what Nix says of ${what}`, async () => {
      const error = await failure(ref, 'flake' in ref ? words() : {})
      assert.equal(error.what, "services.web.package can't be evaluated")
      assert.match(error.why ?? '', why)
      assert.equal(error.still, 'Nothing was changed on any host.')
    })
  }

  it('suggests the NixOS configuration that was meant', async () => {
    const system = '.#nixosConfigurations.nixi.config.system.build.toplevel'
    const { what, next } = await failure({ flake: system }, words())
    assert.equal(what, 'services.web.package: the flake has no NixOS configuration "nixi"')
    assert.equal(next, 'Did you mean "nixie"?')
  })

  it('says what else it is that can’t be evaluated', async () => {
    await assert.rejects(evaluate(nix, 'systems.nixie.flake', { flake: '.#number' }, words()), {
      message: "systems.nixie.flake can't be evaluated",
    })
  })

  it('leaves the flake’s lock file unwritten', () => {
    assert.equal(folder.git('status', '--porcelain', '--', 'flake.lock'), '')
  })
})
