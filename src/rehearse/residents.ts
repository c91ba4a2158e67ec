import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SlipwayError } from '../errors.js'
import { hostPaths } from './paths.js'

/** The kernel ends killed processes at once, unless one hangs in a system call. */
const END_LIMIT_MS = 30_000
const POLL_MS = 20

/**
 * Kills every process that has the host's disk as its root, until there is none. They outlive nspawn
 * when something else than slipway kills it.
 */
export async function killResidents(name: string): Promise<void> {
  const deadline = Date.now() + END_LIMIT_MS
  for (;;) {
    const pids = await residents(hostPaths(name).upper)
    if (pids.length === 0) return
    if (Date.now() >= deadline) {
      throw new SlipwayError({
        what: `Processes of the host ${name} do not end: ${pids.join(', ')}`,
        why: `They were killed ${END_LIMIT_MS / 1000} s ago, so the kernel is waiting for something on their behalf`,
      })
    }
    for (const pid of pids) kill(pid)
    await sleep(POLL_MS)
  }
}

/** Whether a process with this /proc/PID/mountinfo has the disk with this upper directory as its root. */
export function livesOn(upper: string, mountinfo: string): boolean {
  return mountinfo.split('\n').some((line) => {
    const [mount, source] = line.split(' - ')
    return mount?.split(' ')[4] === '/' && source?.split(/[ ,]/).includes(`upperdir=${upper}`)
  })
}

async function residents(upper: string): Promise<number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const live = await Promise.all(
    pids.map(async (pid) => {
      // It may end while it is being looked at, and what has ended lives nowhere.
      const mountinfo = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')
      return livesOn(upper, mountinfo)
    }),
  )
  return pids.filter((_, index) => live[index])
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
