import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** One process of this machine since its boot; a recycled pid is another one. */
export interface ProcessId {
  pid: number
  /** When it started, in clock ticks since the machine booted. */
  startTime: string
  /** Which boot of the machine. */
  bootId: string
}

/** A process as /proc shows it now. */
export interface ProcessStat {
  pid: number
  /** One letter; Z is a process that has ended but that its parent has not asked about. */
  state: string
  /** The process that started it. */
  parent: number
  startTime: string
}

/** How often to look whether a process has ended: a small part of how long a host takes to stop. */
const POLL_MS = 20

/** Reads a line of /proc/PID/stat. The program's name, in parentheses, may hold anything. */
export function parseStat(line: string): ProcessStat {
  const afterName = line.slice(line.lastIndexOf(')') + 2).split(' ')
  // proc(5) counts from 1 and has two fields before these: state is 3, ppid is 4, starttime is 22.
  const [state, parent, startTime] = [afterName[0], Number(afterName[1]), afterName[19]]
  const pid = Number.parseInt(line, 10)
  if (!(pid > 0) || !state || !(parent >= 0) || !startTime)
    throw new Error(`not a line of /proc/PID/stat: ${line}`)
  return { pid, state, parent, startTime }
}

/** Whether this very process still runs. */
export async function isRunning(id: ProcessId): Promise<boolean> {
  const now = await readStat(id.pid)
  if (!now || now.startTime !== id.startTime || now.state === 'Z' || now.state === 'X') return false
  return id.bootId === (await currentBootId())
}

/** The processes that this one started and that still run. */
export async function childrenOf(id: ProcessId): Promise<ProcessId[]> {
  // Not every kernel has /proc/PID/task/PID/children, so look at all of them.
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0)
  const stats = await Promise.all(pids.map(readStat))
  return stats.flatMap((stat) =>
    stat?.parent === id.pid ? [{ pid: stat.pid, startTime: stat.startTime, bootId: id.bootId }] : [],
  )
}

/** Signals this very process; nothing happens if it has ended. */
export async function signal(id: ProcessId, name: NodeJS.Signals): Promise<void> {
  if (!(await isRunning(id))) return
  try {
    process.kill(id.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until this process has ended. False if it still runs after the limit. */
export async function waitForEnd(id: ProcessId, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs
  while (await isRunning(id)) {
    if (Date.now() >= deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

async function currentBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const line = await readIfThere(`/proc/${pid}/stat`)
  return line ? parseStat(line) : undefined
}

/** The text of a file, or undefined if it, or the process that it tells of, is gone. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    // A process that ends while it is being read gives ESRCH.
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
