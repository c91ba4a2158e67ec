import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { localNix } from '../../src/nix/nix-runner.js'
import { deployConfig } from '../../src/systems/deploy-config.js'
import { type Folder, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

describe('deployConfig', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  before(() => {
    folder = temporaryFolder()
    cpSync(fileURLToPath(new URL('../fixtures/deploy-rs', import.meta.url)), folder.path, { recursive: true })
  })
  after(() => folder.remove())

  it('is a config with the nodes for hosts and all other defaults', async () => {
    const overrides = { addresses: `path:${folder.path}/addresses` }
    const { config, notes } = await deployConfig(localNix(folder.path), '.#web.system', overrides)
    const { hosts, systems, ...others } = config
    assert.deepEqual(
      Object.entries(hosts).map(([name, host]) => [name, host.name, host.ssh]),
      [['web', 'web', 'root@10.0.0.1']],
    )
    assert.deepEqual(
      systems.map(({ name, host }) => [name, host]),
      [['web-system', 'web']],
    )
    assert.deepEqual(others, {
      root: folder.path,
      services: [],
      guard: { activateMs: 240_000, confirmMs: 30_000, urlMs: 5000, escalate: null },
      secrets: { file: 'secrets.age', recipients: {} },
      overrideInputs: {},
      check: false,
      parallel: 8,
    })
    assert.deepEqual(notes, [])
  })
})
