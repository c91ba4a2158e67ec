import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { lockInputs, searchedNames, unlockedInputs } from '../../src/nix/inputs.js'
import { localNix } from '../../src/nix/nix-runner.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from './samples.js'

// What is remembered of earlier runs is none of a test's business.
process.env.XDG_CACHE_HOME = temporaryFolder().path

describe('the inputs of a flake', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  beforeEach(() => {
    folder?.remove()
    folder = temporaryFolder()
    folder.write({ 'np/flake.nix': '{ outputs = { self }: { x = 1; }; }' })
  })
  after(() => folder.remove())

  const flake = (text: string) => folder.write({ 'app/flake.nix': text })
  const app = () => join(folder.path, 'app')
  const unlocked = () => unlockedInputs(localNix(app()), app())
  const np = () => `inputs.np.url = "path:${folder.path}/np";`

  it('are unlocked where they are declared, and where outputs only takes them', async () => {
    flake(`{ ${np()} outputs = { self, np, nixpkgs, ... }@all: { }; }`)
    assert.deepEqual(await unlocked(), ['np', 'nixpkgs'].sort())
  })

  it('are none where there are none', async () => {
    flake('{ outputs = _: { }; }')
    assert.deepEqual(await unlocked(), [])
  })

  it('are locked by Nix, and those that were locked stay as they were', async () => {
    flake(`{ ${np()} outputs = { self, np }: { }; }`)
    assert.equal(await lockInputs(localNix(app()), '.'), undefined)
    assert.deepEqual(await unlocked(), [])
    const nodes = () => JSON.parse(readFileSync(join(app(), 'flake.lock'), 'utf8')).nodes
    const first = nodes().np
    folder.write({ 'np/more': 'changed', 'other/flake.nix': '{ outputs = _: { }; }' })
    flake(`{ ${np()} inputs.other.url = "path:${folder.path}/other"; outputs = _: { }; }`)
    assert.deepEqual(await unlocked(), ['other'])
    assert.equal(await lockInputs(localNix(app()), '.'), undefined)
    assert.deepEqual([await unlocked(), nodes().np], [[], first])
  })

  it('are known to git once they are locked', async () => {
    flake(`{ ${np()} outputs = { self, np }: { }; }`)
    folder.git('init', '-q')
    folder.git('add', '.')
    assert.equal(await lockInputs(localNix(app()), '.'), undefined)
    assert.match(folder.git('ls-files'), /^app\/flake\.lock$/m)
  })

  it('stay unlocked where one is not to be had: Nix says why, and no file is written', async () => {
    flake('{ inputs.np.url = "path:/there/is/none"; outputs = { self, np }: { }; }')
    assert.match((await lockInputs(localNix(app()), '.')) ?? '', /\/there\/is\/none/)
    assert.equal(existsSync(join(app(), 'flake.lock')), false)
  })

  it('are asked of Nix again only once flake.nix has changed', async () => {
    let asked = 0
    const nix = localNix(app())
    const counting = {
      ...nix,
      run: (...given: Parameters<typeof nix.run>) => {
        asked += 1
        return nix.run(...given)
      },
    }
    const look = () => unlockedInputs(counting, app())
    flake(`{ ${np()} outputs = { self, np }: { }; }`)
    assert.deepEqual([await look(), await look(), asked], [['np'], ['np'], 1])
    assert.equal(await lockInputs(nix, '.'), undefined)
    assert.deepEqual([await look(), asked], [[], 1])
    flake(`{ ${np()} outputs = { self, np, nixpkgs }: { }; }`)
    assert.deepEqual([await look(), asked], [['nixpkgs'], 2])
    flake('{ outputs = ')
    assert.deepEqual([await look(), await look(), asked], [[], [], 4])
  })

  it('are not guessed from a lock file that is none', async () => {
    flake('{ outputs = _: { }; }')
    folder.write({ 'app/flake.lock': '<<<<<<< HEAD' })
    await assert.rejects(unlocked(), /flake\.lock can't be read as the lock file of a flake/)
  })
})

describe('searchedNames', { skip: WITHOUT_NIX }, () => {
  it('are those of paths in <>, and not what a string or a comment says', async () => {
    const folder = temporaryFolder()
    folder.write({
      'default.nix':
        '# <comment>\n{ pkgs ? import <nixpkgs> { }, lib ? import <nixpkgs/lib> }: [ <own> "<text> (__findFile __nixPath \\"quoted\\")" ]',
    })
    const found = await searchedNames(localNix(folder.path), join(folder.path, 'default.nix'))
    folder.remove()
    assert.deepEqual(found.sort(), ['nixpkgs', 'own'])
  })
})
