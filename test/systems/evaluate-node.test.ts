import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { localNix, type NixResult, type NixRunner } from '../../src/nix/nix-runner.js'
import { evaluateDeploy } from '../../src/systems/evaluate-deploy.js'
import { evaluateNode } from '../../src/systems/evaluate-node.js'
import { parseDeployTarget } from '../../src/systems/target.js'
import { derivation, type Folder, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))

describe('evaluateNode', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  let nix: NixRunner
  before(() => {
    folder = temporaryFolder()
    for (const name of ['deploy-rs', 'deploy-rs-broken']) {
      cpSync(`${FIXTURES}${name}`, `${folder.path}/${name}`, { recursive: true })
    }
    folder.write({
      'one/flake.nix': `{ outputs = _: { deploy = builtins.trace "of its own" { nodes.only = {
        hostname = "only";
        profiles = {
          system.path = ${derivation('the-system', 'echo > $out')};
          text.path = "\${${derivation('the-text', 'echo > $out')}}";
          there = { remoteBuild = true; path = throw "this is evaluated there"; };
          without = { };
        };
      }; }; }; }`,
      'text/flake.nix': '{ outputs = _: { deploy = "text"; }; }',
      'other/flake.nix': '{ outputs = _: { nodes = { }; }; }',
    })
    nix = localNix(folder.path)
  })
  after(() => folder.remove())

  const overrides = (target: string): Record<string, string> =>
    target.startsWith('./deploy-rs#') ? { addresses: `path:${folder.path}/deploy-rs/addresses` } : {}

  /** The names of the packages that were evaluated, by node and profile. */
  async function packagesOf(target: string) {
    const { packages } = await evaluateNode(nix, parseDeployTarget(target), overrides(target))
    return Object.fromEntries(
      Object.entries(await packages).map(([node, profiles]) => [
        node,
        Object.fromEntries(Object.entries(profiles).map(([name, found]) => [name, found?.name ?? null])),
      ]),
    )
  }

  for (const target of [
    './deploy-rs#web',
    './deploy-rs#db.system',
    './deploy-rs-broken#bare',
    './deploy-rs-broken#mistyped',
    './deploy-rs-broken#unprofiled',
    './deploy-rs-broken#listed',
    './deploy-rs-broken#throwin',
    './one',
    './text',
  ]) {
    it(`gives the same settings of ${target} as without packages`, async () => {
      const parsed = parseDeployTarget(target)
      const { settings } = await evaluateNode(nix, parsed, overrides(target))
      assert.deepEqual(settings, await evaluateDeploy(nix, parsed, overrides(target)))
    })
  }

  for (const target of ['./other', './deploy-rs-broken#throwing']) {
    it(`says the same of ${target}, which has no settings`, async () => {
      const parsed = parseDeployTarget(target)
      const error = await evaluateDeploy(nix, parsed, {}).catch((error: Error) => error)
      await assert.rejects(evaluateNode(nix, parsed, {}), { message: (error as Error).message })
    })
  }

  it('gives the packages of the only node, but those that their host builds', async () => {
    const packages = { system: 'the-system', text: 'the-text', there: null, without: null }
    assert.deepEqual(await packagesOf('./one'), { only: packages })
    assert.deepEqual(await packagesOf('./one#only'), { only: packages })
    assert.deepEqual(await packagesOf('./one#only.system'), { only: { system: 'the-system' } })
  })

  it('gives the package of the profile that is meant', async () => {
    assert.deepEqual(await packagesOf('./deploy-rs#web.app'), { web: { app: 'app' } })
  })

  it('gives none of a node that is built on its host', async () => {
    assert.deepEqual(await packagesOf('./deploy-rs#"db.example"'), { 'db.example': {} })
  })

  it('gives none where one can’t be evaluated, and still the settings', async () => {
    assert.deepEqual(await packagesOf('./deploy-rs#web'), {})
  })

  it('gives the settings before the packages are evaluated', async () => {
    let end: (result: NixResult) => void = () => undefined
    const slow: NixRunner = {
      ...nix,
      run: (_command, onErrorLine) => {
        onErrorLine?.('trace: of its own')
        onErrorLine?.('trace: slipway-deploy: {"settings":{"nodeNames":[]}}')
        return new Promise((resolve) => {
          end = resolve
        })
      },
    }
    const { settings, packages } = await evaluateNode(slow, parseDeployTarget('.'), {})
    assert.deepEqual(settings, { nodeNames: [] })
    end({ exitCode: 1, stdout: '', stderr: 'error: no' })
    assert.deepEqual(await packages, {})
  })
})
