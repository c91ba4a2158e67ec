import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { SlipwayError } from '../errors.js'
import { commandError } from './command.js'
import { PREFIX_LENGTH } from './network.js'
import { DELETED, HOSTS, hostPaths } from './paths.js'
import type { HostRecord } from './record.js'
import { ensureKey } from './ssh.js'

/** The kernel lets go of a killed host's files a moment after its last process has ended. */
const UNMOUNT_LIMIT_MS = 10_000
const UNMOUNT_POLL_MS = 50

/** Puts the host's disk (its changes on top of its image) in place, where there is none yet. */
export async function mountDisk(record: HostRecord): Promise<void> {
  if (!existsSync(record.lower)) {
    throw new SlipwayError({
      what: `The host ${record.name} cannot boot: its image is gone`,
      why: `${record.lower} does not exist`,
      next: `slipway rehearse down ${record.name}, then slipway rehearse up ${record.name}`,
    })
  }
  const { upper, work, merged, varLib } = hostPaths(record.name)
  for (const directory of [upper, work, merged]) await mkdir(directory, { recursive: true })
  const options = `lowerdir=${record.lower},upperdir=${upper},workdir=${work}`
  const result = await execa('mount', ['-t', 'overlay', 'slipway-rehearse', '-o', options, merged], {
    reject: false,
  })
  if (result.failed) {
    throw commandError({ what: `Cannot mount the disk of the host ${record.name}` }, result)
  }
  if (!existsSync(varLib)) await copyVarLib(record)
}

/** What services keep is on this machine's own file system, as on a server: an overlay renames and finds differently. */
async function copyVarLib({ name }: HostRecord): Promise<void> {
  const { merged, varLib } = hostPaths(name)
  const draft = `${varLib}.new`
  await removeTree(draft)
  const result = await execa('cp', ['-a', join(merged, 'var/lib'), draft], { reject: false })
  if (result.failed) throw commandError({ what: `Cannot make the disk of the host ${name}` }, result)
  await rename(draft, varLib)
}

/** Takes the host's disk away, which must not run any more; its files stay. */
export async function unmountDisk(name: string): Promise<void> {
  const { merged } = hostPaths(name)
  const deadline = Date.now() + UNMOUNT_LIMIT_MS
  while (await isMounted(merged)) {
    const result = await execa('umount', [merged], { reject: false })
    if (result.failed && Date.now() >= deadline) {
      const next = `End what uses ${merged} (fuser -vm shows it), then try again`
      throw commandError({ what: `Cannot unmount the disk of the host ${name}`, next }, result)
    }
    if (result.failed) await sleep(UNMOUNT_POLL_MS)
  }
}

/** Gives a new host its name, address and keys. Safe to repeat if it was interrupted. */
export async function furnishDisk(record: HostRecord): Promise<void> {
  const { merged, knownHosts } = hostPaths(record.name)
  // Written last, so where it exists there is nothing left to do.
  if (existsSync(knownHosts)) return

  const publicKey = await ensureKey()
  const hostKey = join(merged, 'etc/ssh/ssh_host_ed25519_key')
  await mkdir(join(merged, 'root/.ssh'), { recursive: true, mode: 0o700 })
  const files: Record<string, string> = {
    'etc/hostname': `${record.name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n127.0.1.1 ${record.name}\n::1 localhost ip6-localhost ip6-loopback\n`,
    'etc/machine-id': `${randomUUID().replaceAll('-', '')}\n`,
    // Sorts before 80-container-host0.network, which would ask for a DHCP lease.
    'etc/systemd/network/10-slipway.network': networkFile(record.address),
    'root/.ssh/authorized_keys': publicKey,
  }
  for (const [path, text] of Object.entries(files)) await writeFile(join(merged, path), text)
  if (!existsSync(`${hostKey}.pub`)) {
    await execa('rm', ['-f', hostKey])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', record.name, '-f', hostKey])
  }
  const [type, key] = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ')
  await writeFile(knownHosts, `${record.address} ${type} ${key}\n`)
}

/** Deletes all that there is of a host. If interrupted, the next call deletes the rest. */
export async function deleteDisk(name: string): Promise<void> {
  // In one step, so that a new host of this name never finds half a disk.
  await rename(hostPaths(name).dir, join(HOSTS, `${DELETED}${randomUUID()}`))
  for (const entry of await readdir(HOSTS)) {
    if (entry.startsWith(DELETED)) await removeTree(join(HOSTS, entry))
  }
}

/** Deletes a directory tree, but nothing that happens to be mounted in it. */
export async function removeTree(directory: string): Promise<void> {
  await execa('rm', ['-rf', '--one-file-system', directory])
}

/** The host's address as systemd-networkd wants it. */
export function networkFile(address: string): string {
  return `[Match]
Name=host0

[Network]
Address=${address}/${PREFIX_LENGTH}
LinkLocalAddressing=no
IPv6AcceptRA=no
`
}

async function isMounted(directory: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  return mounts.split('\n').some((line) => line.split(' ')[4] === directory)
}
