import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { evaluateAll } from '../../src/nix/evaluate-all.js'
import { localNix, type NixRunner } from '../../src/nix/nix-runner.js'
import { deployConfig } from '../../src/systems/deploy-config.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

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
      project: undefined,
      services: [],
      caches: [],
      guard: { activateMs: 240_000, confirmMs: 30_000, urlMs: 5000, escalate: null },
      secrets: { file: 'secrets.age', recipients: {} },
      overrideInputs: {},
      check: false,
      parallel: 8,
    })
    assert.deepEqual(notes, [])
  })

  it('evaluates its packages with the same run', async () => {
    folder.write({
      'one/flake.nix': `{ outputs = _: { deploy.nodes.web = {
        hostname = "web"; user = "root";
        profiles.a.path = ${derivation('a', 'echo > $out')};
        profiles.b.path = ${derivation('b', 'echo > $out')};
      }; }; }`,
    })
    let runs = 0
    const local = localNix(folder.path)
    const nix: NixRunner = {
      ...local,
      run: (command, onErrorLine) => {
        runs += 1
        return local.run(command, onErrorLine)
      },
    }
    const { config } = await deployConfig(nix, './one', {})
    const items = config.systems.map((system) => ({ at: system.name, ref: system.package }))
    const first = await evaluateAll(nix, items, {})
    assert.deepEqual(
      first.map(({ name, main }) => [name, main]),
      [
        ['a', null],
        ['b', null],
      ],
    )
    assert.equal(runs, 1)
    // Whoever asks again means to evaluate again.
    assert.deepEqual(await evaluateAll(nix, items, {}), first)
    assert.equal(runs, 2)
  })

  it('does not take packages that were evaluated otherwise', async () => {
    const { config } = await deployConfig(localNix(folder.path), './one', {})
    const items = config.systems.map((system) => ({ at: system.name, ref: system.package }))
    let runs = 0
    const nix: NixRunner = {
      ...localNix(folder.path),
      run: async () => {
        runs += 1
        return { exitCode: 1, stdout: '', stderr: 'error: asked' }
      },
    }
    await assert.rejects(evaluateAll(nix, items, {}, 'riscv64-linux'), { message: /can't be evaluated/ })
    assert.ok(runs > 0)
  })
})
