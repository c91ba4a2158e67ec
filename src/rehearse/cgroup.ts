import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Below each cgroup hierarchy that systemd uses: one cgroup for each host. */
const PARENT = 'slipway-rehearse'

/** A cgroup can be removed a moment after its last process has ended. */
const REMOVE_LIMIT_MS = 10_000
const REMOVE_POLL_MS = 20

/**
 * Where the hierarchies that systemd keeps its units in are mounted: version 2, and on older machines
 * the named one of version 1. Reads /proc/self/mountinfo.
 */
export function hierarchies(mountinfo: string): string[] {
  return mountinfo
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [mount, source] = line.split(' - ')
      const mountPoint = mount?.split(' ')[4]
      const [type, , options] = source?.split(' ') ?? []
      const used = type === 'cgroup2' || (type === 'cgroup' && options?.split(',').includes('name=systemd'))
      return mountPoint && used ? [mountPoint] : []
    })
}

/**
 * Makes the cgroups of a host; nspawn must be started in them. Without one of its own each host would
 * take the units of the others for its own, since nspawn calls all their cgroups the same.
 */
export async function createCgroups(machine: string): Promise<string[]> {
  const cgroups = await cgroupsOf(machine)
  for (const cgroup of cgroups) await mkdir(cgroup, { recursive: true })
  return cgroups
}

/** Removes the cgroups of a host that has stopped. */
export async function removeCgroups(machine: string): Promise<void> {
  const deadline = Date.now() + REMOVE_LIMIT_MS
  for (const cgroup of await cgroupsOf(machine)) {
    while (existsSync(cgroup)) {
      try {
        await removeCgroup(cgroup)
      } catch (error) {
        if (Date.now() >= deadline) throw error
        await sleep(REMOVE_POLL_MS)
      }
    }
  }
}

async function cgroupsOf(machine: string): Promise<string[]> {
  const mountPoints = hierarchies(await readFile('/proc/self/mountinfo', 'utf8'))
  return [...new Set(mountPoints)].map((mountPoint) => join(mountPoint, PARENT, machine))
}

/** Only rmdir(2) removes cgroups, from the innermost out; what looks like files in them stays behind. */
async function removeCgroup(cgroup: string): Promise<void> {
  for (const entry of await readdir(cgroup, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeCgroup(join(cgroup, entry.name))
  }
  await rmdir(cgroup)
}
