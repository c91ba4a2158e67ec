import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SlipwayError } from '../../src/errors.js'
import { evaluate } from '../../src/nix/evaluate.js'
import { localNix, type NixRunner } from '../../src/nix/nix-runner.js'
import { evaluateDeploy } from '../../src/systems/evaluate-deploy.js'
import { parseDeployTarget } from '../../src/systems/target.js'
import { type Folder, SYSTEM, temporaryFolder, WITHOUT_NIX } from '../nix/samples.js'
import { problems, resolve } from './samples.js'

const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url))

describe('evaluateDeploy', { skip: WITHOUT_NIX }, () => {
  let folder: Folder
  let nix: NixRunner
  before(() => {
    folder = temporaryFolder()
    for (const name of ['deploy-rs', 'deploy-rs-broken']) {
      cpSync(`${FIXTURES}${name}`, `${folder.path}/${name}`, { recursive: true })
    }
    folder.write({
      'other/flake.nix': '{ outputs = _: { nodes = { }; }; }',
      'package/flake.nix': `{ outputs = _: { packages.${SYSTEM}.deploy = derivation {
        name = "deploy"; system = "${SYSTEM}"; builder = "/bin/sh"; }; }; }`,
      'text/flake.nix': '{ outputs = _: { deploy = "text"; }; }',
    })
    nix = localNix(folder.path)
  })
  after(() => folder.remove())

  const overrides = () => ({ addresses: `path:${folder.path}/deploy-rs/addresses` })

  /** What a target evaluates to, and what that means. */
  async function evaluated(target: string, inputs: Record<string, string> = overrides()) {
    const json = await evaluateDeploy(nix, parseDeployTarget(target), inputs)
    return { json, resolved: () => resolve(json, target) }
  }

  /** The error that evaluation ends with. */
  async function failure(target: string) {
    const error = await evaluateDeploy(nix, parseDeployTarget(target), {}).catch((error: unknown) => error)
    assert.ok(error instanceof SlipwayError, String(error))
    return error.parts
  }

  it('leaves the settings of all nodes, and forces no package', async () => {
    const { json } = await evaluated('./deploy-rs')
    assert.deepEqual(json, {
      sshUser: 'root',
      sshOpts: ['-o StrictHostKeyChecking=yes'],
      user: 'root',
      activationTimeout: 300,
      interactiveSudo: false,
      unknown: [],
      nodeNames: ['db.example', 'empty', 'web'],
      nodes: {
        'db.example': {
          hostname: 'db.example',
          sshUser: 'admin',
          sshOpts: ['-p', '2222'],
          sudo: 'doas -u',
          remoteBuild: true,
          tempPath: '/home/admin',
          interactiveSudo: true,
          unknown: [],
          profiles: {
            system: { activationTimeout: 600, hasPath: true, unknown: ['confirmTimout'] },
          },
        },
        empty: { hostname: 'empty', profiles: {}, unknown: [] },
        web: {
          hostname: '10.0.0.1\n',
          fastConnection: true,
          profilesOrder: ['system', 'secrets'],
          unknown: [],
          profiles: {
            app: {
              user: 'ann',
              profilePath: '/home/ann/profiles/app',
              autoRollback: false,
              magicRollback: false,
              hasPath: true,
              unknown: [],
            },
            backup: { user: 'backup', confirmTimeout: 90, hasPath: true, unknown: [] },
            secrets: { hasPath: true, unknown: [] },
            system: { hasPath: true, unknown: [] },
          },
        },
      },
    })
  })

  it('comes to hosts and systems', async () => {
    const { hosts, systems } = (await evaluated('./deploy-rs')).resolved()
    assert.deepEqual(
      hosts.map(({ name, ssh, options, become, build, substitutes }) => [
        name,
        [ssh, ...options].join(' '),
        become.join(' '),
        build,
        substitutes,
      ]),
      [
        ['db.example', 'admin@db.example -p 2222 -o StrictHostKeyChecking=yes', 'doas -u root', 'host', true],
        ['web', 'root@10.0.0.1 -o StrictHostKeyChecking=yes', 'sudo -n', undefined, false],
      ],
    )
    assert.deepEqual(
      systems.map(({ name, profile, user, confirm, revert, activateMs, confirmMs }) => [
        name,
        profile,
        user,
        confirm,
        revert,
        activateMs,
        confirmMs,
      ]),
      [
        ['db-example-system', '/nix/var/nix/profiles/system', 'root', true, true, 600_000, 30_000],
        ['web-system', '/nix/var/nix/profiles/system', 'root', true, true, 300_000, 30_000],
        ['web-secrets', '/nix/var/nix/profiles/per-user/root/secrets', 'root', true, true, 300_000, 30_000],
        ['web-app', '/home/ann/profiles/app', 'ann', false, false, 300_000, 30_000],
        ['web-backup', undefined, 'backup', true, true, 300_000, 90_000],
      ],
    )
  })

  it('names packages that Nix can build, also those given by their path', async () => {
    const built = async (target: string) => {
      const [system] = (await evaluated(target)).resolved().systems
      assert.ok(system)
      return (await evaluate(nix, `systems.${system.name}.flake`, system.package, overrides())).name
    }
    assert.equal(await built('./deploy-rs#web.app'), 'app')
    assert.equal(await built('./deploy-rs#"db.example".system'), 'text')
  })

  it('looks at no other node than the one that is meant', async () => {
    const { json, resolved } = await evaluated('./deploy-rs-broken#bare', {})
    assert.deepEqual(json, {
      nodeNames: ['bare', 'listed', 'mistyped', 'throwing', 'unprofiled'],
      nodes: { bare: { unknown: [] } },
      unknown: [],
    })
    assert.throws(resolved, SlipwayError)
  })

  it('suggests a node from all there are', async () => {
    const { resolved } = await evaluated('./deploy-rs-broken#throwin', {})
    assert.throws(resolved, {
      parts: { what: './deploy-rs-broken has no node "throwin"', next: 'Did you mean "throwing"?', code: 2 },
    })
  })

  for (const [target, lines] of [
    [
      './deploy-rs-broken#mistyped',
      [
        "the flake's deploy output has 4 problems",
        'deploy.nodes.mistyped.hostname: expected a string, got 5',
        'deploy.nodes.mistyped.profiles.app.confirmTimeout: expected a whole number of seconds from 1 to 65535',
        'deploy.nodes.mistyped.profiles.system: expected an object, got "string"',
        'deploy.nodes.mistyped.sshOpts: expected an array, got "-p 22"',
      ],
    ],
    [
      './deploy-rs-broken#unprofiled',
      [
        "the flake's deploy output has a problem",
        'deploy.nodes.unprofiled.profiles: expected an object, got "lambda"',
      ],
    ],
    [
      './deploy-rs-broken#listed',
      ["the flake's deploy output has a problem", 'deploy.nodes.listed: expected an object, got "list"'],
    ],
    ['./text', ["the flake's deploy output has a problem", 'deploy: expected an object, got "string"']],
  ] as const) {
    it(`leaves it to the schema what is wrong with ${target}`, async () => {
      const json = await evaluateDeploy(nix, parseDeployTarget(target), {})
      const [what = '', ...others] = problems(json, target)
      assert.deepEqual([what, ...others.sort()], lines)
    })
  }

  it('shows what Nix says of a setting that throws', async () => {
    const { what, why, still } = await failure('./deploy-rs-broken#throwing')
    assert.equal(what, "the deploy output of ./deploy-rs-broken can't be evaluated")
    assert.match(why ?? '', /this node is not ready/)
    assert.equal(still, 'Nothing was contacted or changed.')
  })

  it('says that a flake has no deploy output', async () => {
    const { what, next } = await failure('./other')
    assert.equal(what, './other has no deploy output')
    assert.equal(next, 'Name a flake that deploy-rs could deploy: one with deploy.nodes among its outputs.')
  })

  it('says so where a package of that name is found instead', async () => {
    assert.match((await failure('./package')).why ?? '', /a package named deploy is in the way/)
  })

  it('leaves the flake’s lock file unwritten', async () => {
    await evaluated('./deploy-rs')
    assert.deepEqual((await nix.list([`${folder.path}/deploy-rs`]))[0]?.sort(), ['addresses', 'flake.nix'])
  })
})
