import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { cleanups } from './cleanups.js'
import { type LabHost, labHost } from './host.js'
import { nothingLeft } from './leftovers.js'
import type { Ended, Project } from './project.js'
import {
  activations,
  deployNode,
  deployRs,
  networkHook,
  type Profile,
  systemProject,
} from './system-project.js'

/** A deploy-rs flake as it stands: a NixOS system wrapped as deploy-rs wraps it, and a user's profile. */
describe('a deploy-rs flake', () => {
  const after = cleanups()
  let host: LabHost
  let flake: Project

  const describeNode = async (profiles: Record<string, Profile>, settings: Record<string, unknown> = {}) => {
    const node = await deployNode(host, profiles, { confirmTimeout: 8, ...settings })
    await flake.write('nodes.json', JSON.stringify({ box: node }))
  }
  const deploys = async (expected: RegExp, target = '.#box', ...words: string[]): Promise<Ended> => {
    const ended = await flake.slipway(...deployRs(target, ...words))
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.text, expected)
    await nothingLeft(host)
    return ended
  }
  const fails = async (...expected: RegExp[]) => {
    const ended = await flake.slipway(...deployRs('.#box'))
    assert.equal(ended.code, 3, ended.text)
    for (const pattern of expected) assert.match(ended.text, pattern)
    await nothingLeft(host)
  }
  /** What has been activated since the last look. */
  const activated = async () => {
    const lines = await activations(host)
    await host.run(': >/run/system-log')
    return lines
  }
  /** The generation, and the versions that run and that would boot. */
  const state = async () => {
    const links = 'readlink /nix/var/nix/profiles/system /run/current-system /boot-default'
    const [generation = '', ...systems] = (await host.run(links)).split('\n')
    const versions = systems.map((path) => path.replace(/.*-nixos-system-box-/, ''))
    return [generation.replace(/^system-|-link$/g, ''), ...versions].join(' ')
  }

  before(async () => {
    host = await labHost('t-g-deploy-rs', after)
    flake = await systemProject(after)
    await host.run('useradd -m -G nix-users ann && touch /run/system-log && chmod 666 /run/system-log')
  })

  it('is deployed; the same closure again is unchanged', async () => {
    await describeNode({ system: { version: 'one' } })
    await deploys(/✓ box-system on box: generation 1 is active/)
    await deploys(/= box-system on box: unchanged, generation 1 is active/)
    assert.deepEqual(await activated(), ['root switch one'])
    assert.equal(await state(), '1 one one')
  })

  it('that fails goes back to the generation that was active, and deletes none', async () => {
    await host.run('echo good >/run/state')
    await describeNode({ system: { version: 'two', state: 'told' } })
    await deploys(/✓ box-system on box: generation 2 is active/)
    // The same closure that is active, forced again by another that runs, now fails: deploy-rs would delete it.
    await host.run('/nix/var/nix/profiles/system-1-link/bin/switch-to-configuration test')
    await host.run('echo sshd-stopped >/run/state')
    await fails(/generation 2 is not good: nobody confirmed/, /Generation 2 is active, as before/)
    assert.equal(await state(), '2 one two')
    await host.run('echo good >/run/state')
    await deploys(/✓ box-system on box: generation 2 is active/)
    await describeNode({ system: { version: 'three', state: 'fails' } })
    await fails(/exited with status 4/, /Generation 2 is active, as before/)
    assert.equal(await state(), '2 two two')
    assert.equal(await host.run('ls -d /nix/var/nix/profiles/system-*-link | wc -l'), '3')
    await activated()
  })

  it('takes --dry-activate, --test and --boot', async () => {
    await describeNode({ system: { version: 'four' } })
    await deploys(/would activate system four/, '.#box', '--dry-activate')
    assert.equal(await state(), '2 two two')
    await deploys(/the new system is active until the next boot/, '.#box', '--test')
    assert.equal(await state(), '2 four two')
    await describeNode({ system: { version: 'five' } })
    await deploys(/generation 4 is active from the next boot on/, '.#box', '--boot')
    assert.equal(await state(), '4 four five')
    await deploys(/✓ box-system on box: generation 4 is active/)
    assert.equal(await state(), '4 five five')
    assert.deepEqual(await activated(), [
      'root dry-activate four',
      'root test four',
      'root boot five',
      'root switch five',
    ])
  })

  it('activates profiles in their order, each as its user', async () => {
    const profiles = { home: { version: 'h1', user: 'ann' }, system: { version: 'six' } }
    await describeNode(profiles, { profilesOrder: ['system', 'home'] })
    await deploys(/✓ box-home on box: generation 1 is active/)
    assert.deepEqual(await activated(), ['root switch six', 'ann switch h1'])
    assert.equal(
      await host.run('cat /home/ann/active; stat -c %U ~ann/.local/state/nix/profiles/home'),
      'h1\nann',
    )
    await describeNode({ home: { version: 'h2', user: 'ann' }, system: { version: 'seven' } })
    await deploys(/✓ box-home on box: generation 2 is active/)
    assert.deepEqual(await activated(), ['ann switch h2', 'root switch seven'])
    await describeNode({ home: { version: 'h3', user: 'ann' }, system: { version: 'eight' } })
    const only = await deploys(/✓ box-home on box: generation 3 is active/, '.#box.home')
    assert.doesNotMatch(only.text, /box-system/)
  })

  it("puts back a user's profile as that user; others stay", async () => {
    await activated()
    await describeNode({ home: { version: 'h4', user: 'ann', state: 'fails' }, system: { version: 'nine' } })
    await fails(
      /✗ box-home on box: the new generation is not good: its activation exited with status 1/,
      /a file is in the way/,
      /Generation 3 is active, as before/,
      /✓ box-system on box: generation 7 is active/,
    )
    assert.deepEqual(await activated(), ['ann switch h4', 'ann switch h3', 'root switch nine'])
    assert.equal(await host.run('cat /home/ann/active'), 'h3')
    assert.match(await host.run('readlink ~ann/.local/state/nix/profiles/home'), /^home-3-link$/)
  })

  it('autoRollback = false leaves what failed, but not what nobody could confirm', async () => {
    const settings = { autoRollback: false }
    await describeNode({ system: { version: 'ten', state: 'fails' } }, settings)
    await fails(/exited with status 4/, /It was not put back: its config wants that/)
    assert.equal(await state(), '8 ten ten')
    await describeNode({ system: { version: 'eleven' } })
    await deploys(/generation 9 is active/)
    await describeNode({ system: { version: 'twelve', state: 'address-gone' } }, settings)
    await fails(/nobody confirmed it/, /Generation 9 is active, as before/)
    assert.equal(await state(), '9 eleven eleven')
  })

  it('magicRollback = false waits for nobody, as it says', async () => {
    await networkHook(host)
    await host.run(
      'systemd-run --quiet --collect --on-active=6s --timer-property=AccuracySec=100ms sh /root/network.sh good',
    )
    await describeNode({ system: { version: 'thirteen', state: 'sshd-stopped' } }, { magicRollback: false })
    const ended = await flake.slipway(...deployRs('.#box'))
    assert.equal(ended.code, 0, ended.text)
    assert.match(ended.text, /counts as good without a confirmation, as its config wants/)
    assert.match(ended.text, /✓ box-system on box: generation 11 is active/)
    await host.reachable()
    await nothingLeft(host)
    assert.equal(await state(), '11 thirteen thirteen')
  })
})
