import { readFileSync } from 'node:fs'

/** A process as nothing else can be: numbers come again, but not with the same start. */
export interface Process {
  pid: number
  /** When it was started, in ticks since this boot: proc_pid_stat(5), field 22. */
  started: string
  /** Which boot: random(4). */
  boot: string
}

/** The state and the start of a process; undefined where there is none. */
function statOf(pid: number): { state: string; started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The program's name, in parentheses, may have spaces and parentheses itself.
    const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state, started: fields[18] ?? '' }
  } catch {
    return undefined
  }
}

const bootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()

/** A process that there is, by its number. */
export function processOf(pid: number): Process {
  const started = statOf(pid)?.started
  if (started === undefined) throw new Error(`there is no process ${pid}`)
  return { pid, started, boot: bootId() }
}

/** Whether it still runs: one that has ended and was not waited for yet does not. */
export function isAlive({ pid, started, boot }: Process): boolean {
  const found = statOf(pid)
  return found !== undefined && found.started === started && !'ZX'.includes(found.state) && boot === bootId()
}

/** Ticks of proc_pid_stat(5) in a second: the kernel's USER_HZ, the same on all machines that Node runs on. */
const TICKS = 100

/** How long ago it was started, in milliseconds: by the time since boot, which nobody sets. */
export function ageOf({ started }: Process): number {
  const [up] = readFileSync('/proc/uptime', 'latin1').split(' ')
  return Number(up) * 1000 - (Number(started) / TICKS) * 1000
}

/** Sends a signal to it, or to all that it started; does nothing where it has ended. */
export function signal(process_: Process, name: 'SIGINT' | 'SIGKILL', whole = false): void {
  if (!isAlive(process_)) return
  try {
    process.kill(whole ? -process_.pid : process_.pid, name)
  } catch {
    // It has ended in between.
  }
}
