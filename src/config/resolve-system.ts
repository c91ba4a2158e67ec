import { basename } from 'node:path/posix'
import { durationMs } from './duration.js'
import type { GuardConfig, SystemConfig } from './resolved.js'
import type { System } from './types.js'

/** The profile that NixOS boots from. */
export const SYSTEM_PROFILE = '/nix/var/nix/profiles/system'

/** A system with its defaults filled in. */
export function resolveSystem(name: string, given: System, host: string, guard: GuardConfig): SystemConfig {
  const user = given.user ?? 'root'
  const profile = given.profile ?? (user === 'root' ? SYSTEM_PROFILE : undefined)
  const { activate, confirm } = given.guard ?? {}
  return {
    kind: 'system',
    name,
    host,
    package: { flake: systemInstallable(given.flake) },
    profile,
    profileName: profile === undefined ? name : basename(profile),
    user,
    confirm: given.confirm ?? true,
    revert: given.revert ?? true,
    activateMs: activate === undefined ? guard.activateMs : durationMs(activate),
    confirmMs: confirm === undefined ? guard.confirmMs : durationMs(confirm),
  }
}

const NIXOS_CONFIGURATION = /#(?:.*\.)?nixosConfigurations\.(?:"[^"]*"|[^".]+)$/

/** A NixOS configuration is no package; what it builds is. */
export function systemInstallable(flake: string): string {
  return NIXOS_CONFIGURATION.test(flake) ? `${flake}.config.system.build.toplevel` : flake
}
