import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { cleanups } from './cleanups.js'
import { LAB_ENV, NIXPKGS, project } from './project.js'

/** What stands in for nixpkgs refuses what nixpkgs would. */
describe('the stand-in for nixpkgs', () => {
  const after = cleanups()

  it('passes its own tests', async () => {
    await execa('nix-build', [join(NIXPKGS, 'tests.nix'), '--no-out-link'], { env: LAB_ENV })
  })

  it('gives Python no package that was not asked for, and says what a wheel misses', async () => {
    const app = await project('test/fixtures/repos/python-flask-factory', after)
    assert.equal((await app.slipway('init', '--yes')).code, 0)
    const flake = await readFile(join(app.folder, 'flake.nix'), 'utf8')
    await app.write('flake.nix', flake.replace(/^ +flask-migrate\n/m, ''))
    const refused = await app.slipway('build', '--override-input', 'nixpkgs', NIXPKGS)
    assert.equal(refused.code, 3, refused.text)
    assert.match(refused.stderr, /- Flask-Migrate not installed/)
  })

  it('gives Python the one version there is, where that is said to do', async () => {
    const app = await project('test/fixtures/repos/python-flask-factory', after)
    assert.equal((await app.slipway('init', '--yes')).code, 0)
    const pyproject = await readFile(join(app.folder, 'pyproject.toml'), 'utf8')
    await app.write('pyproject.toml', pyproject.replace('Flask>=3', 'Flask>=99'))
    const relaxed = await app.slipway('build', '--override-input', 'nixpkgs', NIXPKGS)
    assert.equal(relaxed.code, 0, relaxed.text)
    const flake = await readFile(join(app.folder, 'flake.nix'), 'utf8')
    await app.write('flake.nix', flake.replace('pythonRelaxDeps = true;', ''))
    const refused = await app.slipway('build', '--override-input', 'nixpkgs', NIXPKGS)
    assert.equal(refused.code, 3, refused.text)
    assert.match(refused.stderr, /- Flask>=99 not satisfied by version 3\./)
  })
})
