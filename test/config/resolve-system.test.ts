import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { resolveGuard } from '../../src/config/resolve-guard.js'
import { profileOf, resolveSystem, systemInstallable } from '../../src/config/resolve-system.js'
import { system } from '../../src/index.js'
import { problems, resolved } from './samples.js'

const GUARD = resolveGuard({ activate: '5m', confirm: '20s' })

describe('resolveSystem', () => {
  it('fills in every default', () => {
    const given = system({ flake: '.#nixosConfigurations.nixie' })
    assert.deepEqual(resolveSystem('web', given, 'nixie', GUARD), {
      kind: 'system',
      name: 'web',
      host: 'nixie',
      package: { flake: '.#nixosConfigurations.nixie.config.system.build.toplevel' },
      profile: '/nix/var/nix/profiles/system',
      profileName: 'system',
      user: 'root',
      confirm: true,
      revert: true,
      activateMs: 300_000,
      confirmMs: 20_000,
    })
  })

  it('keeps what is given', () => {
    const given = system({
      flake: '.#tools',
      profile: '/nix/var/nix/profiles/per-user/root/tools',
      guard: { activate: '1m', confirm: '10s' },
      confirm: false,
      revert: false,
    })
    assert.deepEqual(resolveSystem('my-tools', given, 'nixie', GUARD), {
      kind: 'system',
      name: 'my-tools',
      host: 'nixie',
      package: { flake: '.#tools' },
      profile: '/nix/var/nix/profiles/per-user/root/tools',
      profileName: 'tools',
      user: 'root',
      confirm: false,
      revert: false,
      activateMs: 60_000,
      confirmMs: 10_000,
    })
  })

  it('leaves the profile of another user to the host', () => {
    const { profile, profileName, user } = resolveSystem(
      'home',
      system({ flake: '.', user: 'ann' }),
      'h',
      GUARD,
    )
    assert.deepEqual([profile, profileName, user], [undefined, 'home', 'ann'])
  })
})

describe('profileOf', () => {
  const home = '/home/ann/.local/state/nix/profiles/home'
  for (const [user, given, expected] of [
    ['root', 'system', ['/nix/var/nix/profiles/system', 'system']],
    ['root', 'tools', ['/nix/var/nix/profiles/per-user/root/tools', 'tools']],
    ['ann', 'system', [undefined, 'system']],
    ['ann', home, [home, 'home']],
  ] as const) {
    it(`of ${user}, given as ${given}`, () => {
      const { profile, profileName } = profileOf(user, given)
      assert.deepEqual([profile, profileName], expected)
    })
  }
})

describe('systemInstallable', () => {
  const BUILD = '.config.system.build.toplevel'
  const cases: Record<string, string> = {
    '.#nixosConfigurations.nixie': BUILD,
    'github:me/infra#nixosConfigurations.nixie-2': BUILD,
    '.#nixosConfigurations."nixie.example"': BUILD,
    '.#legacyPackages.x86_64-linux.nixosConfigurations.nixie': BUILD,
    '.#nixosConfigurations.nixie.config.system.build.toplevel': '',
    '.#nixosConfigurations': '',
    '.#nixie': '',
    'path:/nixosConfigurations.x#nixie': '',
    '.': '',
  }
  for (const [given, added] of Object.entries(cases)) {
    it(`${added ? 'builds the system of' : 'leaves'} ${given}`, () => {
      assert.equal(systemInstallable(given), given + added)
    })
  }
})

describe('a config’s systems', () => {
  it('need no services', () => {
    const config = resolved({ hosts: { nixie: 'n' }, systems: { nixie: system({ flake: '.#x' }) } })
    assert.deepEqual(config.services, [])
    assert.deepEqual(
      config.systems.map(({ name, host }) => [name, host]),
      [['nixie', 'nixie']],
    )
  })

  it('take a profile by its path or name only', () => {
    const one = (profile: string) =>
      problems({ hosts: { a: 'a' }, systems: { x: system({ flake: '.', profile }) } })
    for (const profile of ['my/system', '..', '', '/nix/../etc', '/nix/a b', '/nix//x', '/']) {
      assert.deepEqual(one(profile), [
        'systems.x.profile: expected the absolute path of a Nix profile, or the name of one',
      ])
    }
  })

  it('take a user by name only', () => {
    assert.deepEqual(problems({ hosts: { a: 'a' }, systems: { x: system({ flake: '.', user: 'a b' }) } }), [
      'systems.x.user: expected the name of a user',
    ])
  })
})
