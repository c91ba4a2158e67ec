import type { Process } from '../jobs/process.js'
import { isBefore, type Step } from '../jobs/steps.js'
import type { Database } from './database.js'
import type { Events } from './events.js'

export type JobEnd = 'deployed' | 'unchanged' | 'failed' | 'cancelled' | 'superseded'
export type JobState = 'queued' | 'running' | JobEnd

/** One deploy or rollback of a source. Times are milliseconds since 1970. */
export interface Job {
  id: number
  source: string
  kind: 'deploy' | 'rollback'
  commit: string
  /** Of a rollback: the service, and the release or commit it goes back to; null: the good one before. */
  service: string | null
  release: string | null
  /** What began it: a webhook, a look at the branch, or somebody. */
  cause: string
  actor: string
  state: JobState
  step: Step
  /** How many children were begun for it: what an earlier one says counts no more. */
  attempt: number
  /** How many children ended without a word. */
  deaths: number
  /** The process that works on it; null before it has said that it does. */
  child: Process | null
  /** How much of what the child wrote has been told. */
  read: number
  queuedAt: number
  beganAt: number | null
  endedAt: number | null
  /** Who wants it stopped, and since when it has been told. */
  stopBy: string | null
  stopAt: number | null
  /** The newer job because of which it is, or was, stopped. */
  replacedBy: number | null
  reason: string | null
  /** What the deploy gave. */
  result: unknown
}

export type NewJob = Pick<Job, 'source' | 'kind' | 'commit' | 'cause' | 'actor'> &
  Partial<Pick<Job, 'service' | 'release'>>

/** How a request to stop a job was taken. */
export type Stopped = 'cancelled' | 'stopping' | 'too-late' | 'over' | 'none'

/** The queue: of each source at most one job waits and one runs; the newest that waits wins. */
export function createJobs(db: Database, events: Events, now: () => number) {
  const get = (id: number) => {
    const row = db.sql('SELECT * FROM job WHERE id = ?').get(id)
    return row && jobOf(row)
  }
  const one = (source: string, state: 'queued' | 'running') => {
    const row = db.sql(`SELECT * FROM job WHERE source = ? AND state = ?`).get(source, state)
    return row && jobOf(row)
  }
  const end = (
    job: Job,
    state: JobEnd,
    {
      reason = null,
      result = null,
      replacedBy = null,
    }: Partial<Pick<Job, 'reason' | 'result' | 'replacedBy'>> = {},
  ) =>
    db.transact(() => {
      const { changes } = db
        .sql(
          `UPDATE job SET state = ?, ended_at = ?, reason = ?, result = ?, replaced_by = coalesce(?, replaced_by)
          WHERE id = ? AND attempt = ? AND state IN ('queued', 'running')`,
        )
        .run(state, now(), reason, JSON.stringify(result), replacedBy, job.id, job.attempt)
      if (changes === 1) events.tell('ended', job.source, job.id, { state, reason })
    })
  /** Before anything changes on a host a job can be stopped; after, only its host decides how it ends. */
  const stop = (job: Job, by: string, replacedBy: number | null = null): Stopped => {
    if (job.state === 'queued') {
      const state = replacedBy === null ? 'cancelled' : 'superseded'
      end(job, state, { reason: by, replacedBy })
      return 'cancelled'
    }
    if (job.state !== 'running') return 'over'
    if (!isBefore(job.step, 'activate')) return 'too-late'
    if (job.stopBy === null) events.tell('stopping', job.source, job.id, { by })
    db.sql(
      'UPDATE job SET stop_by = coalesce(stop_by, ?), replaced_by = coalesce(?, replaced_by) WHERE id = ?',
    ).run(...([by, replacedBy, job.id] as const))
    return 'stopping'
  }
  return {
    get,
    end,
    queued: (source: string) => one(source, 'queued'),
    running: (source: string) => one(source, 'running'),
    /** Everything that is not over. */
    open(): Job[] {
      const rows = db.sql(`SELECT * FROM job WHERE state IN ('queued', 'running') ORDER BY id`).all()
      return rows.map(jobOf)
    },
    list(limit: number, source: string | null = null): Job[] {
      const rows = db
        .sql('SELECT * FROM job WHERE source = coalesce(?, source) ORDER BY id DESC LIMIT ?')
        .all(source, limit)
      return rows.map(jobOf)
    },
    newest(source: string): Job | undefined {
      const row = db.sql('SELECT * FROM job WHERE source = ? ORDER BY id DESC LIMIT 1').get(source)
      return row && jobOf(row)
    },
    /** The newest that brought a commit of a source to serve. */
    served(source: string): Job | undefined {
      const row = db
        .sql(
          `SELECT * FROM job WHERE source = ? AND kind = 'deploy' AND state IN ('deployed', 'unchanged')
          ORDER BY id DESC LIMIT 1`,
        )
        .get(source)
      return row && jobOf(row)
    },
    /** Whether a commit was tried and is not to be again by itself. */
    hasFailed(source: string, commit: string): boolean {
      return (
        db
          .sql(
            `SELECT 1 FROM job WHERE source = ? AND commit_id = ? AND kind = 'deploy' AND state = 'failed' LIMIT 1`,
          )
          .get(source, commit) !== undefined
      )
    },
    /** Puts a job at the end; what waits is superseded, what runs is stopped while nothing has changed yet. */
    add(given: NewJob): Job {
      return db.transact(() => {
        const waiting = one(given.source, 'queued')
        const running = one(given.source, 'running')
        // All within one transaction: the number is known before the row is there.
        const id = Number(db.sql('SELECT coalesce(max(id), 0) + 1 AS id FROM job').get()?.id)
        const by = `job ${id} is newer`
        if (waiting) stop(waiting, by, id)
        if (running) stop(running, by, id)
        const { source, kind, commit, service = null, release = null, cause, actor } = given
        db.sql(
          `INSERT INTO job (id, source, kind, commit_id, service, release, cause, actor, state, step, queued_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 'queued', ?)`,
        ).run(id, source, kind, commit, service, release, cause, actor, now())
        events.tell('queued', source, id, { kind, commit, cause, actor })
        return get(id) as Job
      })
    },
    stop: (id: number, by: string): Stopped =>
      db.transact(() => {
        const job = get(id)
        return job ? stop(job, by) : 'none'
      }),
    /**
     * Takes the oldest that waits and whose source has nothing running, if no more than `most` run. What the server itself
     * wants waits while something holds its source.
     */
    claim(most: number): Job | undefined {
      return db.transact(() => {
        const running = Number(db.sql(`SELECT count(*) AS n FROM job WHERE state = 'running'`).get()?.n)
        if (running >= most) return undefined
        const row = db
          .sql(
            `UPDATE job SET state = 'running', step = 'fetch', attempt = 1, began_at = ? WHERE id = (
              SELECT id FROM job AS waiting WHERE state = 'queued' AND NOT EXISTS
                (SELECT 1 FROM job WHERE source = waiting.source AND state = 'running')
                AND (waiting.actor <> 'server' OR NOT EXISTS (SELECT 1 FROM hold WHERE source = waiting.source))
              ORDER BY id LIMIT 1)
            RETURNING *`,
          )
          .get(now())
        if (!row) return undefined
        const job = jobOf(row)
        events.tell('began', job.source, job.id, { attempt: job.attempt })
        return job
      })
    },
    /** What a child says before it does anything. Only one of them is told yes, and none that came too late. */
    register(id: number, attempt: number, child: Process): boolean {
      const { changes } = db
        .sql(
          `UPDATE job SET child = ? WHERE id = ? AND attempt = ? AND state = 'running' AND child IS NULL
          AND stop_by IS NULL`,
        )
        .run(JSON.stringify(child), id, attempt)
      return changes === 1
    },
    /** The child died, or never came: another takes its place, which that one can't take any more. */
    again(job: Job, died: boolean): void {
      db.transact(() => {
        const { changes } = db
          .sql(
            `UPDATE job SET attempt = attempt + 1, deaths = deaths + ?, child = NULL, read_bytes = 0, step = 'fetch',
            stop_at = NULL WHERE id = ? AND attempt = ? AND state = 'running' AND (child IS NULL) = ?`,
          )
          .run(died ? 1 : 0, job.id, job.attempt, job.child === null ? 1 : 0)
        if (changes === 1) events.tell('again', job.source, job.id, { attempt: job.attempt + 1, died })
      })
    },
    /** What a child has written up to there has been told. */
    progressed(job: Job, read: number, step: Step): void {
      const { changes } = db
        .sql(`UPDATE job SET read_bytes = ?, step = ? WHERE id = ? AND attempt = ? AND state = 'running'`)
        .run(read, step, job.id, job.attempt)
      if (changes === 1 && step !== job.step) events.tell('step', job.source, job.id, { step })
    },
    /** It was told to stop just now. */
    toldToStop(job: Job): void {
      db.sql('UPDATE job SET stop_at = ? WHERE id = ? AND stop_at IS NULL').run(now(), job.id)
    },
    /** It has run for too long: it is stopped wherever it is; a host puts back what it had begun. */
    overdue(job: Job, why: string): void {
      const { changes } = db
        .sql('UPDATE job SET stop_by = ? WHERE id = ? AND stop_by IS NULL')
        .run(why, job.id)
      if (changes === 1) events.tell('stopping', job.source, job.id, { by: why })
    },
  }
}
export type Jobs = ReturnType<typeof createJobs>

function jobOf(row: Record<string, unknown>): Job {
  return {
    id: Number(row.id),
    source: String(row.source),
    kind: row.kind as Job['kind'],
    commit: String(row.commit_id),
    service: row.service as string | null,
    release: row.release as string | null,
    cause: String(row.cause),
    actor: String(row.actor),
    state: row.state as JobState,
    step: row.step as Step,
    attempt: Number(row.attempt),
    deaths: Number(row.deaths),
    child: row.child === null ? null : (JSON.parse(String(row.child)) as Process),
    read: Number(row.read_bytes),
    queuedAt: Number(row.queued_at),
    beganAt: row.began_at as number | null,
    endedAt: row.ended_at as number | null,
    stopBy: row.stop_by as string | null,
    stopAt: row.stop_at as number | null,
    replacedBy: row.replaced_by as number | null,
    reason: row.reason as string | null,
    result: row.result === null ? null : JSON.parse(String(row.result)),
  }
}
