import type { ImageKind } from './record.js'

/** The Debian release of the hosts. */
export const SUITE = 'trixie'

/** What a server has on the day it is rented. */
const BARE: readonly string[] = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'openssh-server',
  'sudo',
  'iproute2',
  'ca-certificates',
]

/** What preparing a server for slipway adds, and what helps to look around on it. */
export const ADDED_BY_SETUP: readonly string[] = [
  'nix-bin',
  'nix-setup-systemd',
  'nginx-light',
  'curl',
  'lego',
  'nftables',
  'passt',
  'git',
]

/** What run0 takes, which not every server has: to install on a host that has a repository of its own. */
const FOR_RUN0: readonly string[] = ['polkitd', 'libpam-systemd']

/** What `apt-get install` can add to a bare host without a network. */
export const IN_REPOSITORY: readonly string[] = [...ADDED_BY_SETUP, ...FOR_RUN0]

/** The packages that an image has from the start. */
export const PACKAGES: Readonly<Record<ImageKind, readonly string[]>> = {
  bare: BARE,
  ready: [...BARE, ...ADDED_BY_SETUP],
}
