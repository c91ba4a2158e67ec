import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { execa } from 'execa'
import { withLock } from './lock.js'
import { hostPaths, SSH_KEY } from './paths.js'
import { type HostRecord, requireRecord } from './record.js'

/** How to reach a host with ssh. */
export interface SshTarget {
  /** root@ADDRESS */
  destination: string
  /** Arguments that come before the destination. */
  options: string[]
}

/** How to reach the host with this name; throws if there is none. It need not be running. */
export async function sshTarget(name: string): Promise<SshTarget> {
  return targetOf(await requireRecord(name))
}

/** How to reach this host with ssh. Its key was read from its disk, so nothing is taken on trust. */
export function targetOf(record: Pick<HostRecord, 'name' | 'address'>): SshTarget {
  const settings = {
    UserKnownHostsFile: hostPaths(record.name).knownHosts,
    GlobalKnownHostsFile: '/dev/null',
    StrictHostKeyChecking: 'yes',
    IdentitiesOnly: 'yes',
  }
  return {
    destination: `root@${record.address}`,
    options: [
      '-i',
      SSH_KEY,
      ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
    ],
  }
}

/** Makes the key pair of all hosts unless it is there. Returns the public key, a line. */
export async function ensureKey(): Promise<string> {
  await withLock('key', async () => {
    if (existsSync(`${SSH_KEY}.pub`)) return
    await mkdir(dirname(SSH_KEY), { recursive: true, mode: 0o700 })
    await execa('rm', ['-f', SSH_KEY])
    await execa('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'slipway-rehearse', '-f', SSH_KEY])
  })
  return await readFile(`${SSH_KEY}.pub`, 'utf8')
}
