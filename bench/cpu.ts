import assert from 'node:assert/strict'
import type { LabHost } from '../test/lab/host.js'
import type { Stage } from './stage.js'

/** What a run took. */
export interface Cost {
  ms: number
  /** What it, and the programs it ran, used of a processor, in milliseconds. */
  cpuMs: number
}

/** Runs a program to its end, and tells what that took on this machine. */
export async function costOf(stage: Stage, folder: string, words: string[]): Promise<Cost> {
  const began = performance.now()
  const output = await stage.run(folder, ['sh', '-c', '"$@" >&2; code=$?; times; exit $code', 'sh', ...words])
  return { ms: performance.now() - began, cpuMs: 1000 * childSeconds(output) }
}

/** The second line that the shell's `times` prints: what its children used, in user and in system mode. */
export function childSeconds(output: string): number {
  const numbers = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(output)?.slice(1).map(Number) ?? []
  const [userMinutes, user, systemMinutes, system] = numbers
  assert.ok(
    userMinutes !== undefined && user !== undefined && systemMinutes !== undefined && system !== undefined,
    output,
  )
  return 60 * (userMinutes + systemMinutes) + user + system
}

/** What a unit of a host used of a processor since it began, or all of the host, in milliseconds. */
export async function hostCpuMs(host: LabHost, unit = ''): Promise<number> {
  const file = `/sys/fs/cgroup/${unit}/cpu.stat`
  return Number(await host.run(`sed -n 's/^usage_usec //p' ${file}`)) / 1000
}

/** What hosts use of a processor while something is done; what asking them costs is taken off. */
export async function hostsCpuDuring(hosts: readonly LabHost[], work: () => Promise<void>): Promise<number> {
  const total = async () => {
    const all = await Promise.all(hosts.map((host) => hostCpuMs(host)))
    return all.reduce((sum, one) => sum + one, 0)
  }
  const first = await total()
  const before = await total()
  await work()
  return (await total()) - before - (before - first)
}
