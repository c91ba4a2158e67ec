import { readText } from '../files.js'

/** nginx's workers that take new connections, by process id; those that finish their last ones say so in their name. */
export async function acceptingWorkers(mainPid: number, proc = '/proc'): Promise<Set<number>> {
  if (mainPid === 0) return new Set()
  const children = await readText(`${proc}/${mainPid}/task/${mainPid}/children`)
  const pids = (children ?? '').split(/\s+/).filter(Boolean).map(Number)
  const names = await Promise.all(pids.map((pid) => nameOf(pid, proc)))
  return new Set(
    pids.filter((_, index) => {
      const name = names[index] ?? ''
      return name.includes('worker process') && !name.includes('shutting down')
    }),
  )
}

async function nameOf(pid: number, proc: string): Promise<string | undefined> {
  try {
    return await readText(`${proc}/${pid}/cmdline`)
  } catch (error) {
    // It ended meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
    throw error
  }
}
