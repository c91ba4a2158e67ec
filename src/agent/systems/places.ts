/** Where Nix and NixOS keep systems; tests put folders of their own in their place. */
export interface SystemPlaces {
  /** The profile of the NixOS system. */
  profile: string
  /** Profiles of users, a folder for each. */
  perUser: string
  /** What runs. */
  running: string
  /** What was booted. */
  booted: string
  /** passwd(5). */
  passwd: string
}

export const SYSTEM_PLACES: SystemPlaces = {
  profile: '/nix/var/nix/profiles/system',
  perUser: '/nix/var/nix/profiles/per-user',
  running: '/run/current-system',
  booted: '/run/booted-system',
  passwd: '/etc/passwd',
}
