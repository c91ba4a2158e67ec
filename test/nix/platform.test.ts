import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type BuildSettings,
  builderEntries,
  builderSystems,
  missingFor,
  platformError,
  requiredSystem,
} from '../../src/nix/platform.js'

const PLAIN: BuildSettings = {
  system: 'x86_64-linux',
  extraPlatforms: ['i686-linux'],
  builderSystems: [],
  emulated: null,
}

describe('missingFor', () => {
  for (const [what, system, settings] of [
    ['its own system', 'x86_64-linux', PLAIN],
    ['what a builder does', 'aarch64-linux', { ...PLAIN, builderSystems: ['aarch64-linux'] }],
    ['what its processor runs too', 'i686-linux', { ...PLAIN, emulated: [] }],
    [
      'what is emulated',
      'aarch64-linux',
      { ...PLAIN, extraPlatforms: ['aarch64-linux'], emulated: ['aarch64'] },
    ],
    ['what may be emulated', 'aarch64-linux', { ...PLAIN, extraPlatforms: ['aarch64-linux'] }],
  ] as const) {
    it(`is nothing for ${what}`, () =>
      assert.equal(
        missingFor(system, { ...settings, extraPlatforms: [...settings.extraPlatforms] } as BuildSettings),
        undefined,
      ))
  }

  it('is a builder or an extra platform', () => {
    assert.equal(
      missingFor('aarch64-linux', PLAIN),
      'Nix has x86_64-linux, i686-linux here; `builders` and `extra-platforms` lack aarch64-linux.',
    )
    assert.equal(
      missingFor('aarch64-linux', { ...PLAIN, builderSystems: ['riscv64-linux'] }),
      'Nix has x86_64-linux, i686-linux here and builders for riscv64-linux; `builders` and `extra-platforms` lack aarch64-linux.',
    )
  })

  it('is the emulator', () => {
    assert.equal(
      missingFor('aarch64-linux', { ...PLAIN, extraPlatforms: ['aarch64-linux'], emulated: ['arm'] }),
      '`extra-platforms` has aarch64-linux, but no emulator for aarch64 is registered in /proc/sys/fs/binfmt_misc.',
    )
  })
})

describe('requiredSystem', () => {
  for (const [nix, message] of [
    [
      '2.8',
      "error: a 'aarch64-linux' with features {} is required to build '/nix/store/x-stdenv.drv', but I am a 'x86_64-linux' with features {benchmark, kvm}",
    ],
    [
      '2.30',
      "error: Cannot build '/nix/store/x-stdenv.drv'.\n       Reason: required system or feature not available\n       Required system: 'aarch64-linux' with features {}\n       Current system: 'x86_64-linux' with features {benchmark, kvm}",
    ],
    [
      '2.35',
      "error: Cannot build '/nix/store/x-stdenv.drv'.\n       Reason: platform mismatch\n       Required system: 'aarch64-linux'\n       Current system: 'x86_64-linux'",
    ],
  ] as const) {
    it(`reads what Nix ${nix} says`, () => assert.equal(requiredSystem(message), 'aarch64-linux'))
  }

  it('is undefined where a feature is missing, or anything else', () => {
    assert.equal(
      requiredSystem(
        "a 'x86_64-linux' with features {kvm} is required to build '/nix/store/x.drv', but I am a 'x86_64-linux' with features {}",
      ),
      undefined,
    )
    assert.equal(requiredSystem("error: builder for '/nix/store/x.drv' failed with exit code 1"), undefined)
  })
})

describe('builders', () => {
  it('are told line by line or with semicolons, without comments', () => {
    assert.deepEqual(builderEntries('# ours\nssh://a x86_64-linux # fast\n\n@/etc/nix/machines; ssh://b'), [
      'ssh://a x86_64-linux',
      '@/etc/nix/machines',
      'ssh://b',
    ])
  })

  it('are for the systems in their second column, else for this machine’s', () => {
    const lines = ['ssh://a aarch64-linux,armv7l-linux - 4', 'ssh://b', 'ssh://c - /key']
    assert.deepEqual(builderSystems(lines, 'x86_64-linux'), ['aarch64-linux', 'armv7l-linux', 'x86_64-linux'])
  })
})

describe('platformError', () => {
  it('says each way in which it could be built', () => {
    const { what, why } = platformError('app-1.0', 'aarch64-linux', 'Nothing here does.').parts
    assert.equal(what, "app-1.0 can't be built on this machine: it is for aarch64-linux")
    assert.deepEqual(why?.split('\n'), [
      'Nothing here does.',
      'One of these helps:',
      '- a builder: a line such as `ssh://root@HOST aarch64-linux` in /etc/nix/machines',
      '- emulation, which is slow: a binfmt_misc entry for aarch64 (Debian: qemu-user-static; NixOS: boot.binfmt.emulatedSystems), and `extra-platforms = aarch64-linux` in /etc/nix/nix.conf',
    ])
  })
})
