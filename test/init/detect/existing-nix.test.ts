import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SlipwayError } from '../../../src/errors.js'
import { findExistingNix } from '../../../src/init/detect/existing-nix.js'
import { openFolder } from '../../../src/init/detect/folder.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from '../../nix/samples.js'

const APP = derivation('slipway-test-existing', 'echo > $out')

describe('findExistingNix', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  const found = async (flake: string) => {
    folder.remove()
    folder = temporaryFolder()
    folder.write({ 'flake.nix': flake })
    folder.git('init', '-q')
    folder.git('add', '.')
    const { tree } = await openFolder(folder.path)
    return findExistingNix(folder.path, tree, {})
  }

  it("lists a flake's outputs, for whichever system", async () => {
    const flake = `{
      outputs = _: {
        packages.x86_64-linux = { default = ${APP} // { pname = "app"; }; extra = ${APP} // { meta.mainProgram = "more"; }; };
        packages.aarch64-linux.default = ${APP} // { pname = "app"; };
        checks.aarch64-linux.lint = ${APP};
        nixosModules.app = { };
      };
    }`
    assert.deepEqual(await found(flake), {
      kind: 'flake',
      outputs: {
        evaluated: true,
        packages: ['default', 'extra'],
        mainPrograms: { default: 'app', extra: 'more' },
        apps: [],
        checks: ['lint'],
        nixosModules: ['app'],
      },
    })
  })

  it('refuses a flake that is broken, or has no packages', async () => {
    await assert.rejects(found('{ outputs = _: { packages = throw "oops"; }; }'), (error) => {
      assert.ok(error instanceof SlipwayError)
      assert.equal(error.parts.what, "flake.nix is there, but Nix can't evaluate it")
      assert.match(error.parts.why ?? '', /oops/)
      return true
    })
    await assert.rejects(found('{ outputs = _: { }; }'), /flake.nix is there, but has no packages/)
  })

  it('takes a default.nix as it is, and a folder without Nix for what it is', async () => {
    folder.remove()
    folder = temporaryFolder()
    folder.write({ 'default.nix': '{ }' })
    const { tree } = await openFolder(folder.path)
    assert.deepEqual(await findExistingNix(folder.path, tree, {}), { kind: 'file', file: 'default.nix' })
    assert.equal(await findExistingNix(folder.path, { ...tree, files: [] }, {}), undefined)
  })
})
