import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { EXPECTED } from '../init/detect/corpus.js'
import { type Folder, temporaryFolder } from '../nix/samples.js'

const SLIPWAY = fileURLToPath(new URL('../../bin/slipway.js', import.meta.url))

let folder: Folder
beforeEach(() => {
  folder?.remove()
  folder = temporaryFolder()
  folder.write({ 'slipway.config.ts': example('slipway.config.ts') })
})
after(() => folder.remove())

const example = (name: string) => readFileSync(join(EXPECTED, 'go-cgo-sqlite', name), 'utf8')
const present = () => readFileSync(join(folder.path, 'module.nix'), 'utf8')

async function module(...words: string[]) {
  const { exitCode, stdout, stderr } = await execa('node', [SLIPWAY, 'module', ...words], {
    cwd: folder.path,
    env: { NO_COLOR: '1' },
    reject: false,
  })
  return { code: exitCode, stdout, stderr }
}

describe('slipway module', () => {
  it('writes what init writes, and says where it belongs', async () => {
    folder.write({ 'flake.nix': '{ }' })
    assert.deepEqual(await module(), {
      code: 0,
      stdout:
        '✓ wrote module.nix\nTo give it away, add to the outputs of the flake:\n  nixosModules.default = import ./module.nix { inherit self; };',
      stderr: '',
    })
    assert.equal(present(), example('module.nix'))
    assert.deepEqual(readdirSync(folder.path).sort(), ['flake.nix', 'module.nix', 'slipway.config.ts'])
  })

  it('writes it anew when the config changes, and only then', async () => {
    folder.write({ 'flake.nix': example('flake.nix'), 'module.nix': example('module.nix') })
    assert.equal((await module()).stdout, 'module.nix matches the config')
    assert.equal((await module('--check')).code, 0)
    folder.write({ 'slipway.config.ts': example('slipway.config.ts').replace('4300', '4301') })
    const check = await module('--check')
    assert.deepEqual([check.code, check.stdout], [2, ''])
    assert.match(check.stderr, /module\.nix does not match the config\nnext: slipway module/)
    assert.equal(present(), example('module.nix'))
    assert.equal((await module()).stdout, '✓ wrote module.nix')
    assert.match(present(), /default = 4301;/)
  })

  it('checks that there is one', async () => {
    const { code, stderr } = await module('--check')
    assert.equal(code, 2)
    assert.match(stderr, /there is no module\.nix/)
  })

  it('never overwrites what it did not write', async () => {
    folder.write({ 'module.nix': '{ }\n' })
    const { code, stderr } = await module()
    assert.equal(code, 2)
    assert.match(stderr, /module\.nix is there already, and slipway did not write it\nIt was left as it is\./)
    assert.equal(present(), '{ }\n')
  })
})
