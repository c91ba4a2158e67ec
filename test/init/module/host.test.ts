import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { AGENT_COMMAND, AGENT_UNIT_TEXT } from '../../../src/contract/agent-unit.js'
import { SETUP_MANUAL } from '../../../src/contract/setup.js'
import { PACKAGE_ROOT } from '../../../src/package-root.js'
import { agentBundle } from '../../../src/remote/agent-bundle.js'
import { WITHOUT_NIX } from '../../nix/samples.js'
import { evaluate, HOST_PACKAGES, machine } from './nixos.js'

const MODULE = join(PACKAGE_ROOT, 'nix/slipway-host.nix')

describe('the module for hosts', { skip: WITHOUT_NIX }, () => {
  const host = (settings = '') =>
    machine([MODULE, `{ services.slipway-host = { enable = true; ${settings} }; }`])

  it('sets what setup asks for by hand', async () => {
    const made = await host()
    const lines = SETUP_MANUAL.nixos([]).split('\n  ')
    const features = made.nix['experimental-features'] as string[]
    for (const line of [
      `boot.extraSystemdUnitPaths = [ "${made.unitPaths.join('" "')}" ];`,
      `services.nginx.appendHttpConfig = "${made.http.trim()}";`,
      `networking.firewall.allowedTCPPorts = [ ${made.ports.join(' ')} ];`,
      `nix.settings.experimental-features = [ "${features.join('" "')}" ];`,
    ]) {
      assert.ok(lines.includes(line), line)
    }
    assert.deepEqual([made.packages, made.ssh], [HOST_PACKAGES, true])
  })

  it('runs the agent as setup does, by what is in the store', async () => {
    const unit = (await host()).units['slipway-agent.service'] ?? ''
    const wanted = AGENT_UNIT_TEXT.split('\n').filter((line) => /^[A-Z]\w+=/.test(line))
    const missing = wanted.filter((line) => !unit.split('\n').includes(line))
    assert.deepEqual(missing, [`ExecStart=${AGENT_COMMAND.join(' ')}`])
    assert.match(
      unit,
      /^ExecStart=\/nix\/store\/\w+-nodejs_22\+socat\/bin\/node \/nix\/store\/\w+-agent\.cjs serve$/m,
    )
    // A switch may be what it is at.
    assert.deepEqual(
      await evaluate(
        [MODULE, '{ services.slipway-host.enable = true; }'],
        'with config.systemd.services.slipway-agent; [ restartIfChanged stopIfChanged ]',
      ),
      [false, false],
    )
  })

  it('has the agent where logins look for it', async () => {
    const { hash } = agentBundle()
    const rules = (await host()).tmpfiles.filter((rule) => rule.includes('/agent'))
    assert.deepEqual(
      rules.map((rule) => rule.replace(/\/nix\/store\/\w+-/, '/nix/store/')),
      [
        'd /var/lib/slipway/agent 0755 root root -',
        `d /var/lib/slipway/agent/${hash} 0755 root root -`,
        `L+ /var/lib/slipway/agent/${hash}/agent.cjs - - - - /nix/store/agent.cjs`,
        `L+ /var/lib/slipway/agent/current - - - - ${hash}`,
        'L+ /var/lib/slipway/agent/node - - - - /nix/store/nodejs_22+socat',
      ],
    )
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

  it('asks for users that stay, and for an agent', async () => {
    const holds = (settings: string) =>
      evaluate(
        [MODULE, `{ services.slipway-host.enable = true; ${settings} }`],
        'map (entry: entry.assertion) config.assertions',
      )
    assert.deepEqual(await holds(''), [true, true])
    assert.deepEqual(await holds('users.mutableUsers = false;'), [false, true])
    assert.deepEqual(await holds('services.slipway-host.agent = /no/agent.cjs;'), [true, false])
  })

  it('is what the flake gives', async () => {
    const modules = `(let flake = import ${PACKAGE_ROOT}/flake.nix; self = flake.outputs { inherit self; nixpkgs = { }; }; in self.nixosModules.default)`
    assert.deepEqual(
      await evaluate(
        [modules, '{ services.slipway-host.enable = true; }'],
        'config.boot.extraSystemdUnitPaths',
      ),
      ['/var/lib/slipway/units'],
    )
  })
})
