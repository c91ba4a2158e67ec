import assert from 'node:assert/strict'
import { after, beforeEach, describe, it } from 'node:test'
import type { PackageRef, ServiceConfig, SystemConfig } from '../../src/config/resolved.js'
import { localFlakes, projectFlakes } from '../../src/nix/project-flakes.js'
import { type Folder, temporaryFolder } from './samples.js'

describe('localFlakes', () => {
  for (const [what, installables, flakes] of [
    ['each folder once', ['.', '.#web', './#api', './sub#a', 'sub/../sub#b', '#c'], ['.', './sub']],
    [
      'paths with a scheme',
      ['path:./sub#a', 'git+file:///project?dir=x#a', './sub'],
      ['path:./sub', 'git+file:///project?dir=x'],
    ],
    ['no flakes from elsewhere', ['nixpkgs#hello', 'github:me/app', 'https://example.com/a.tar.gz'], []],
  ] as const) {
    it(`gives ${what}`, () => assert.deepEqual(localFlakes(installables, '/project'), [...flakes]))
  }
})

describe('projectFlakes', () => {
  let folder: Folder
  beforeEach(() => {
    folder?.remove()
    folder = temporaryFolder()
  })
  after(() => folder.remove())

  const flakes = (root: string, packages: PackageRef[], systems: PackageRef[] = []) =>
    projectFlakes({
      root,
      services: packages.map((package_) => ({ package: package_ }) as ServiceConfig),
      systems: systems.map((package_) => ({ package: package_ }) as SystemConfig),
    })

  it('has the flake beside the config, though no service is of it', async () => {
    folder.write({ 'flake.nix': '' })
    assert.deepEqual(await flakes(folder.path, [{ file: 'a.nix', attr: undefined }]), ['.'])
  })

  it('has the flake above the config, no further than the repository', async () => {
    folder.write({ 'flake.nix': '', 'inner/x': '', 'inner/deep/y': '' })
    assert.deepEqual(await flakes(`${folder.path}/inner/deep`, []), [])
    folder.git('init', '-q')
    assert.deepEqual(await flakes(`${folder.path}/inner/deep`, []), ['.'])
    folder.git('init', '-q', 'inner')
    assert.deepEqual(await flakes(`${folder.path}/inner/deep`, []), [])
  })

  it('has those that services name', async () => {
    const packages = [{ flake: './sub#a' }, { flake: 'nixpkgs#hello' }]
    assert.deepEqual(await flakes(folder.path, packages), ['./sub'])
  })

  it('has those that systems name', async () => {
    const systems = [{ flake: '../infra#nixosConfigurations.web.config.system.build.toplevel' }]
    assert.deepEqual(await flakes(folder.path, [{ flake: './sub#a' }], systems), ['./sub', '../infra'])
  })
})
