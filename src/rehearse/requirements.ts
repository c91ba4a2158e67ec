import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { SlipwayError } from '../errors.js'

/** What rehearsals run, and the Debian package that brings it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  flock: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  mount: 'mount',
  umount: 'mount',
}

/** Signs Debian's packages; Debian itself always has it, its derivatives may not. */
const KEYRING = { file: '/usr/share/keyrings/debian-archive-keyring.gpg', package: 'debian-archive-keyring' }

/** ip and mount are often missing from the PATH of a shell that was not a login. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** Debian packages to install before a host can be rehearsed on; empty when all is there. */
export async function missingPackages(): Promise<string[]> {
  const directories = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_DIRECTORIES]
  const found = (program: string) => directories.some((directory) => existsSync(join(directory, program)))
  const missing = Object.entries(PROGRAMS).filter(([program]) => !found(program))
  const packages = missing.map(([, debianPackage]) => debianPackage)
  if (!existsSync(KEYRING.file)) packages.push(KEYRING.package)
  return [...new Set(packages)].sort()
}

/** Throws unless this process may create hosts on this machine. */
export function requireLinuxRoot(): void {
  if (process.platform !== 'linux') {
    throw new SlipwayError({
      what: `This machine cannot run throwaway hosts: it runs ${process.platform}`,
      why: 'Throwaway hosts are Linux containers, which share the kernel of the machine they run on',
      next: 'Run slipway rehearse on a Linux machine or in a Linux virtual machine',
    })
  }
  if (process.getuid?.() !== 0) {
    throw new SlipwayError({
      what: 'slipway rehearse must run as root',
      why: 'It mounts the disks of the hosts and gives them network interfaces',
      next: 'Run it again with sudo',
    })
  }
}

/** Throws unless everything that rehearsals run is installed. */
export async function requirePackages(): Promise<void> {
  const packages = await missingPackages()
  if (packages.length === 0) return
  throw new SlipwayError({
    what: 'Programs that throwaway hosts need are not installed',
    why: `Missing Debian packages: ${packages.join(', ')}`,
    next: `apt-get install ${packages.join(' ')}`,
  })
}
