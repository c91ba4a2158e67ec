import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { HOST_ROOT } from '../../../src/contract/paths.js'
import { PACKAGE_ROOT } from '../../../src/package-root.js'
import { WITHOUT_NIX } from '../../nix/samples.js'
import { evaluate, machine } from './nixos.js'

const MODULE = join(PACKAGE_ROOT, 'nix/slipway-host.nix')

describe('the module for hosts', { skip: WITHOUT_NIX }, () => {
  const host = (settings = '') =>
    machine([MODULE, `{ services.slipway-host = { enable = true; ${settings} }; }`])

  it('sets what setup asks for by hand', async () => {
    const made = await host()
    assert.deepEqual(made.unitPaths, [`${HOST_ROOT}/units`])
    assert.equal(made.http.trim(), `include ${HOST_ROOT}/nginx/http.conf;`)
    assert.deepEqual(made.ports, [80, 443])
    assert.deepEqual(made.nix['experimental-features'], ['nix-command', 'flakes'])
    assert.deepEqual([made.packages, made.ssh], [['curl', 'iproute2', 'lego', 'openssl'], true])
  })

  it('has what nginx includes before there is a deploy', async () => {
    const { tmpfiles } = await host()
    assert.deepEqual(tmpfiles.slice(-3), [
      'd /var/lib/slipway/nginx-trees/tree.empty 0755 root root -',
      'f /var/lib/slipway/nginx-trees/tree.empty/http.conf 0644 root root -',
      'L /var/lib/slipway/nginx - - - - nginx-trees/tree.empty',
    ])
  })

  it('lets root log in, or another user that may become root', async () => {
    const root = await host('authorizedKeys = [ "ssh-ed25519 AAAA" ];')
    assert.deepEqual(root.users.root?.keys, ['ssh-ed25519 AAAA'])
    assert.deepEqual([root.users.root?.isNormalUser, root.sudo], [false, []])
    const other = await host('authorizedKeys = [ "ssh-ed25519 AAAA" ]; deployUser = "deploy";')
    assert.deepEqual(Object.keys(other.users), ['deploy'])
    assert.deepEqual(
      [other.users.deploy?.isNormalUser, other.users.deploy?.keys],
      [true, ['ssh-ed25519 AAAA']],
    )
    assert.deepEqual(other.sudo, [
      {
        commands: [{ command: 'ALL', options: ['NOPASSWD'] }],
        groups: [],
        runAs: 'ALL:ALL',
        users: ['deploy'],
      },
    ])
  })

  it('leaves ports closed where it is told to, and changes nothing unless it is enabled', async () => {
    assert.deepEqual((await host('openFirewall = false;')).ports, [])
    const { unitPaths, tmpfiles, users, http, ports, ssh } = await machine([MODULE])
    assert.deepEqual([unitPaths, tmpfiles, users, http.trim(), ports, ssh], [[], [], {}, '', [], false])
  })

  it('asks for users that stay', async () => {
    const holds = (settings: string) =>
      evaluate(
        [MODULE, `{ services.slipway-host.enable = true; ${settings} }`],
        'map (entry: entry.assertion) config.assertions',
      )
    assert.deepEqual(await holds(''), [true])
    assert.deepEqual(await holds('users.mutableUsers = false;'), [false])
  })

  it('is what the flake gives', async () => {
    const modules = `(let flake = import ${PACKAGE_ROOT}/flake.nix; self = flake.outputs { inherit self; }; in self.nixosModules.default)`
    assert.deepEqual(
      await evaluate(
        [modules, '{ services.slipway-host.enable = true; }'],
        'config.boot.extraSystemdUnitPaths',
      ),
      ['/var/lib/slipway/units'],
    )
  })
})
