import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { hierarchies } from '../../src/rehearse/cgroup.js'
import { down, list, sshTarget } from '../../src/rehearse/index.js'
import { interfaceName, machineName } from '../../src/rehearse/network.js'
import { hostPaths } from '../../src/rehearse/paths.js'
import { type ProcessId, parseStat } from '../../src/rehearse/process.js'

/** Why tests with real hosts cannot run here, or false. */
export const skip = (process.platform !== 'linux' || process.getuid?.() !== 0) && 'needs root on Linux'

/** Runs a command on a host; what it printed. */
export async function on(name: string, command: string): Promise<string> {
  const { destination, options } = await sshTarget(name)
  return (await execa('ssh', [...options, destination, command], { stdin: 'ignore' })).stdout
}

/** The host as it is listed. */
export async function find(name: string) {
  return (await list()).find((host) => host.name === name)
}

/** Every process of this machine below the given one. */
export async function descendants(id: ProcessId): Promise<ProcessId[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')))
  const stats = lines.filter((line) => line !== '').map(parseStat)
  const below = (pid: number): ProcessId[] =>
    stats
      .filter((stat) => stat.parent === pid)
      .flatMap((stat) => [{ ...stat, bootId: id.bootId }, ...below(stat.pid)])
  return below(id.pid)
}

/** Fails if a host that is down has left something on this machine. */
export async function assertNothingLeft(name: string, address: string): Promise<void> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8')
  assert.ok(!mounts.includes(`${hostPaths(name).dir}/`), 'a mount is left')
  assert.ok(!existsSync(`/sys/class/net/${interfaceName(address)}`), 'a network interface is left')
  assert.ok(!existsSync(hostPaths(name).dir), 'files are left')
  for (const hierarchy of hierarchies(mounts)) {
    const cgroup = `${hierarchy}/slipway-rehearse/${machineName(address)}`
    assert.ok(!existsSync(cgroup), 'a cgroup is left')
  }
}

/** Takes down those of the hosts that a failed test has left. */
export async function removeHosts(names: readonly string[]): Promise<void> {
  if (skip) return
  for (const { name } of await list()) if (names.includes(name)) await down(name)
}
