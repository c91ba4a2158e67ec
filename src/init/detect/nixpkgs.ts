/** The nixpkgs that generated flakes name, and what it has. */
export const NIXPKGS = {
  url: 'github:NixOS/nixpkgs/nixos-26.05',
  /** For projects that need a compiler newer than those below. */
  unstableUrl: 'github:NixOS/nixpkgs/nixos-unstable',
  rustMinor: 95,
  goMinor: 26,
  /** Its Pythons, the usual one first, then those nearest to it. */
  pythonMinors: [13, 12, 14, 11],
  rubies: ['3.4', '3.3'],
  dotnets: [10, 9, 8],
  jdks: [17, 21, 25],
  nodeMajor: 24,
} as const

/** What flakes are for. */
export const SYSTEMS = ['x86_64-linux', 'aarch64-linux'] as const

/** Stands where a hash is not known yet: no source has it, so a build tells the right one. */
export const FAKE_HASH = 'sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
