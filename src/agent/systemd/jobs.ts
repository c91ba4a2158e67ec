import { Refusal } from './dbus/connection.js'
import { changedSince, type JobMethod, resultFromState } from './job-result.js'
import { isLost, type Link, type Question, SYSTEMD } from './link.js'
import type { Links } from './links.js'
import { manager, oneOf, unitProperties } from './questions.js'
import type { JobResult } from './systemd.js'
import { unlessAborted } from './unless.js'

/** Beside waiting for word of a job's end, how often systemd is asked whether it still has the job. */
const LOOK_MS = 15_000
const JOBS = '/org/freedesktop/systemd1/job/'
/** How systemd says that a job is gone: before its number is asked for, and between that and its type. */
const GONE = new Set([
  `${SYSTEMD}.NoSuchJob`,
  'org.freedesktop.DBus.Error.UnknownObject',
  'org.freedesktop.DBus.Error.UnknownMethod',
])
/** In place of a job: it was taken, and has ended. */
const ENDED = 'ended'

/**
 * Has systemd do a job, which `question` begins; ends when the job has. Where the connection is lost meanwhile, makes a new one and asks what
 * has become of the job. The signal ends the waiting, not the job: its reason is thrown.
 */
export async function runJob(
  links: Links,
  method: JobMethod,
  name: string,
  signal?: AbortSignal,
  question = manager(method, [name, 'replace']),
): Promise<JobResult> {
  let since: number | undefined
  let job: string | undefined
  for (;;) {
    signal?.throwIfAborted()
    const link = await unlessAborted(links.current(), signal)
    const ends = watchEnds(link)
    try {
      const heardBefore = job !== undefined
      if (job === undefined && since !== undefined) job = await findJob(link, method, name, since)
      if (job === undefined) {
        since = monotonicNow()
        job = await unlessAborted(begin(link, question), signal)
      }
      const result = job === ENDED ? undefined : await ends.of(job, heardBefore, signal)
      return result ?? resultFromState(method, await unitProperties(link, name), since ?? 0)
    } catch (error) {
      if (!isLost(error)) throw error
    } finally {
      ends.stop()
    }
  }
}

async function begin(link: Link, question: Question): Promise<string> {
  const [job] = await link.ask(question)
  return String(job)
}

/** The job of a call whose answer was lost; undefined where the call never arrived. */
async function findJob(
  link: Link,
  method: JobMethod,
  name: string,
  since: number,
): Promise<string | undefined> {
  const unit = await unitProperties(link, name)
  const [, path] = unit.Job as [number, string]
  if (path.startsWith(JOBS)) {
    const type = await jobType(link, path)
    if (type !== undefined) return (type === 'stop') === (method === 'StopUnit') ? path : undefined
  }
  return changedSince(unit, since) ? ENDED : undefined
}

/** undefined where systemd has no such job (any more). */
async function jobType(link: Link, job: string): Promise<string | undefined> {
  try {
    // Its number is asked for, as that has an answer of its own for a job that isn't.
    await link.ask(manager('GetJob', [Number(job.slice(JOBS.length))], 'u'))
    const [type] = await link.ask(oneOf(job, 'Job', 'JobType'))
    return String(type)
  } catch (error) {
    if (error instanceof Refusal && GONE.has(error.errorName)) return undefined
    throw error
  }
}

/** Hears of jobs that end from now on: word of an end may come before the answer that names the job. */
function watchEnds(link: Link) {
  const heard = new Map<string, JobResult>()
  let listen = (job: string, result: JobResult): void => void heard.set(job, result)
  const stop = link.watchJobs((job, result) => listen(job, result))
  return {
    stop,
    /** How the job ended; undefined where it has, and nobody heard how. `look`: ask at once whether it has. */
    of: async (job: string, look: boolean, signal: AbortSignal | undefined) => {
      let timer: NodeJS.Timeout | undefined
      const end = new Promise<JobResult | undefined>((resolve, reject) => {
        listen = (ended, result) => {
          if (ended === job) resolve(result)
        }
        if (heard.has(job)) resolve(heard.get(job))
        const lookNow = () => {
          jobType(link, job).then((type) => type === undefined && resolve(undefined), reject)
        }
        if (look) lookNow()
        timer = setInterval(lookNow, LOOK_MS)
      })
      try {
        return await unlessAborted(end, link.lost, signal)
      } finally {
        clearInterval(timer)
      }
    },
  }
}

/** Microseconds of the clock by which systemd notes what it calls monotonic. */
function monotonicNow(): number {
  return Number(process.hrtime.bigint() / 1000n)
}
