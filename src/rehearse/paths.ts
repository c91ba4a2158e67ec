import { join } from 'node:path'
import { PACKAGE_ROOT } from '../package-root.js'

/** What can be made again: images, their packages, the toolchain. */
export const CACHE = '/var/cache/slipway/rehearse'
/** Finished images, one directory each. */
export const IMAGES = join(CACHE, 'images')
/** Debian packages that image builds downloaded, so that none is downloaded twice. */
export const DEBS = join(CACHE, 'debs')
/** The offline stand-in for nixpkgs builds by chrooting into a tree in here; bound into hosts on request. */
export const TOOLCHAINS = join(CACHE, 'toolchains')

/** What belongs to hosts and must survive a reboot. */
export const STATE = '/var/lib/slipway-rehearse'
/** One directory for each host. */
export const HOSTS = join(STATE, 'hosts')
/** In front of the names of directories under {@link HOSTS} that are being deleted. */
export const DELETED = '.deleted-'
/** The key pair that logs in to every host. */
export const SSH_KEY = join(STATE, 'ssh', 'id_ed25519')

/** Locks between slipway processes; empty after a reboot, like the machine. */
export const LOCKS = '/run/slipway-rehearse'

/** The scripts that make an image, shipped with slipway. */
export const IMAGE_SCRIPTS = join(PACKAGE_ROOT, 'lab/image')

/** Where one host keeps its things. */
export interface HostPaths {
  /** Holds all the others. */
  dir: string
  /** What is known of it. */
  record: string
  /** Which process runs it; its date is that of the last boot. */
  process: string
  /** What the host printed on its console. */
  console: string
  /** The host's SSH key, as ssh wants it. */
  knownHosts: string
  /** What the host changed on top of its image. */
  upper: string
  /** For overlayfs alone. */
  work: string
  /** Root of the running host. */
  merged: string
  /** The host's /var/lib. */
  varLib: string
}

/** Paths of the host with this (valid) name. */
export function hostPaths(name: string): HostPaths {
  const dir = join(HOSTS, name)
  return {
    dir,
    record: join(dir, 'host.json'),
    process: join(dir, 'process'),
    console: join(dir, 'console.log'),
    knownHosts: join(dir, 'known_hosts'),
    upper: join(dir, 'upper'),
    work: join(dir, 'work'),
    merged: join(dir, 'merged'),
    varLib: join(dir, 'var-lib'),
  }
}
