import { errorReason } from '../error-reason.js'
import type { Job } from '../store/jobs.js'
import type { Store } from '../store/store.js'
import { endOf, type LastWords } from './end.js'
import { MOST_OUTPUT_BYTES, type Piece } from './output.js'
import type { Process } from './process.js'
import { isBefore, stepOf } from './steps.js'

/** How a worker has jobs done. */
export interface Runner {
  /** Gives the folder with the job's commit. */
  checkout(job: Job): Promise<string>
  /** Begins a process for the job's present attempt. */
  start(job: Job, folder: string): void
  /**
   * Of the process that this worker began for the present attempt, and that has not said yet that it works on it: whether
   * it still may; undefined where this worker began none.
   */
  begun(job: Job): 'starting' | 'over' | undefined
  isAlive(child: Process): boolean
  /** How long ago it was started, in milliseconds. */
  ageOf(child: Process): number
  /** `whole`: also what it started. */
  signal(child: Process, name: 'SIGINT' | 'SIGKILL', whole?: boolean): void
  /** What the present attempt wrote from a place on; `whole`: nothing will come after it. */
  read(job: Job, whole: boolean): Piece
  lastWords(job: Job): LastWords
  /** What the present attempt complained of last, beside that. */
  complaint(job: Job): string | undefined
  /** Takes away what only a job that runs needs. */
  clean(job: Job): void
}

export interface WorkerOptions {
  /** How many jobs run at once. */
  parallel: number
  /** How long a job of a source may run, in milliseconds. */
  deadlineOf(source: string): number
  /** Called with what should not happen: the database can't be written to, or there is a defect. */
  onDefect(error: unknown): void
}

/** A deploy that was told to stop has the host put back what was there; what takes longer hangs. */
const STOP_MS = 10 * 60_000
/** A process that ends without a word is begun again, at most so many times. */
const MOST_DEATHS = 3

/** Carries jobs on from where they are, whoever brought them there. */
export function createWorker(
  store: Store,
  runner: Runner,
  { parallel, deadlineOf, onDefect }: WorkerOptions,
) {
  const { jobs, events, db, now } = store
  /** Jobs whose commit is being checked out by this worker, by their number: the attempt. */
  const fetching = new Map<number, number>()

  async function begin(job: Job): Promise<void> {
    fetching.set(job.id, job.attempt)
    try {
      const folder = await runner.checkout(job)
      const still = jobs.get(job.id)
      if (still?.state !== 'running' || still.attempt !== job.attempt || still.stopBy !== null) return
      jobs.progressed(still, 0, 'start')
      runner.start(still, folder)
    } catch (error) {
      finish(job, { state: 'failed', reason: errorReason(error) })
    } finally {
      if (fetching.get(job.id) === job.attempt) fetching.delete(job.id)
    }
  }

  function finish(job: Job, end: NonNullable<ReturnType<typeof endOf>>): void {
    const { state, ...more } = end
    jobs.end(job, state, more)
    runner.clean(job)
  }

  /** Tells what the job's process has written since; gives the job as it is then. */
  function readOn(job: Job, whole: boolean): { job: Job; size: number } {
    const piece = runner.read(job, whole)
    if (piece.read === job.read) return { job, size: piece.size }
    return db.transact(() => {
      let step = job.step
      for (const line of piece.lines) {
        const next = stepOf(line)
        if (next !== undefined && isBefore(step, next)) step = next
        if (line.type === 'host') events.tell('host', job.source, job.id, { host: line.host, ...line.event })
      }
      jobs.progressed(job, piece.read, step)
      return { job: jobs.get(job.id) ?? job, size: piece.size }
    })
  }

  /** A job that no process works on yet, or that one is only being begun for. */
  function lookForChild(job: Job): void {
    if (fetching.get(job.id) === job.attempt) return
    // What was begun and did not register yet can't any more: see `register`.
    if (job.stopBy !== null) finish(job, stoppedEnd(job))
    else {
      const begun = runner.begun(job)
      if (begun === 'over') died(job)
      // Another server began it, and is gone.
      else if (begun === undefined) beginAgain(job, false)
    }
  }

  function lookAfter(found: Job, child: Process): void {
    // First this, then what it wrote: else its last words could come in between.
    const alive = runner.isAlive(child)
    let { job, size } = readOn(found, !alive)
    if (!alive) {
      for (let before = found.read; job.read !== before; ) {
        before = job.read
        job = readOn(job, true).job
      }
      ended(job)
      return
    }
    if (runner.ageOf(child) > deadlineOf(job.source)) jobs.overdue(job, 'it ran for too long')
    if (size > MOST_OUTPUT_BYTES) jobs.overdue(job, 'it printed too much')
    const { stopBy, stopAt } = jobs.get(job.id) ?? job
    if (stopBy === null) return
    if (stopAt === null) {
      // In this order: one that was told twice only ends sooner, one that was never told goes on.
      runner.signal(child, 'SIGINT')
      jobs.toldToStop(job)
    } else if (now() - stopAt > STOP_MS) runner.signal(child, 'SIGKILL', true)
  }

  function ended(job: Job): void {
    const { stopBy } = job
    const touched = !isBefore(job.step, 'activate')
    const end = endOf(runner.lastWords(job), { stopBy, superseded: job.replacedBy !== null, touched })
    if (end) finish(job, end)
    else died(job)
  }

  /** A process ended without a word. Not every one ends so for something that is gone the next time. */
  function died(job: Job): void {
    const { stopBy, deaths, step } = job
    if (stopBy === null && deaths + 1 < MOST_DEATHS) {
      beginAgain(job, true)
      return
    }
    const complaint = runner.complaint(job)
    const why = `its process ended without a word${complaint === undefined ? '' : `: ${complaint}`}`
    const still = isBefore(step, 'activate') ? '' : '; the host puts back what nobody confirmed'
    finish(job, { state: 'failed', reason: `${stopBy ?? why}${still}` })
  }

  function beginAgain(job: Job, isDeath: boolean): void {
    jobs.again(job, isDeath)
    const again = jobs.get(job.id)
    // It may have said in between that it works on it.
    if (again?.state === 'running' && again.attempt > job.attempt) begin(again).catch(onDefect)
  }

  return {
    /** Does what is to be done now; called whenever something may have changed, and each second. */
    tick(): void {
      for (const job of jobs.open()) {
        if (job.state !== 'running') continue
        if (job.child === null) lookForChild(job)
        else lookAfter(job, job.child)
      }
      for (let job = jobs.claim(parallel); job; job = jobs.claim(parallel)) begin(job).catch(onDefect)
    },
  }
}
export type Worker = ReturnType<typeof createWorker>

function stoppedEnd(job: Job) {
  const state = job.replacedBy === null ? ('cancelled' as const) : ('superseded' as const)
  return { state, reason: job.stopBy ?? 'stopped on request' }
}
