import { basename } from 'node:path/posix'
import { durationMs } from './duration.js'
import type { GuardConfig, SystemConfig } from './resolved.js'
import type { System } from './types.js'

/** The profile that NixOS boots from. */
export const SYSTEM_PROFILE = '/nix/var/nix/profiles/system'

/** A system with its defaults filled in. */
export function resolveSystem(name: string, given: System, host: string, guard: GuardConfig): SystemConfig {
  const user = given.user ?? 'root'
  const { activate, confirm } = given.guard ?? {}
  return {
    kind: 'system',
    name,
    host,
    package: { flake: systemInstallable(given.flake) },
    ...profileOf(user, given.profile ?? (user === 'root' ? 'system' : name)),
    user,
    confirm: given.confirm ?? true,
    revert: given.revert ?? true,
    activateMs: activate === undefined ? guard.activateMs : durationMs(activate),
    confirmMs: confirm === undefined ? guard.confirmMs : durationMs(confirm),
  }
}

/** Where a user's profile is, by its path or name; only the host knows where those of other users than root are. */
export function profileOf(user: string, profile: string): Pick<SystemConfig, 'profile' | 'profileName'> {
  if (profile.startsWith('/')) return { profile, profileName: basename(profile) }
  if (user !== 'root') return { profile: undefined, profileName: profile }
  const path = profile === 'system' ? SYSTEM_PROFILE : `/nix/var/nix/profiles/per-user/root/${profile}`
  return { profile: path, profileName: profile }
}

const NIXOS_CONFIGURATION = /#(?:.*\.)?nixosConfigurations\.(?:"[^"]*"|[^".]+)$/

/** A NixOS configuration is no package; what it builds is. */
export function systemInstallable(flake: string): string {
  return NIXOS_CONFIGURATION.test(flake) ? `${flake}.config.system.build.toplevel` : flake
}
