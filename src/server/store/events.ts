import type { Database } from './database.js'

/** Something that happened, as the activity shows it. */
export interface ServerEvent {
  /** Counts up; a reader goes on after the last one that it has. */
  seq: number
  /** Milliseconds since 1970. */
  at: number
  kind: EventKind
  source: string
  job: number | null
  data: Record<string, unknown>
}

export type EventKind =
  /** A branch could not be looked at, or can be again. */
  | 'unreachable'
  | 'reachable'
  /** A webhook that was authentic. */
  | 'delivery'
  | 'queued'
  | 'began'
  /** A deploy has come to another step. */
  | 'step'
  /** What a host says of an activation. */
  | 'host'
  /** A job is told to stop. */
  | 'stopping'
  /** A job's process is begun anew. */
  | 'again'
  | 'ended'
  | 'held'
  | 'resumed'

/** So many are kept: months of a busy server. */
const KEPT_EVENTS = 100_000
/** The most that are read at once. */
export const MOST_EVENTS = 1000

/** Told to whoever follows, after what they are about is in the database. */
export type Listener = () => void

/** What happened, in order. */
export function createEvents(db: Database, now: () => number) {
  const listeners = new Set<Listener>()
  return {
    tell(kind: EventKind, source: string, job: number | null, data: Record<string, unknown> = {}): void {
      db.sql('INSERT INTO event (at, kind, source, job, data) VALUES (?, ?, ?, ?, ?)').run(
        ...([now(), kind, source, job, JSON.stringify(data)] as const),
      )
      // Once the transaction around it has ended.
      queueMicrotask(() => {
        for (const listener of listeners) listener()
      })
    },
    /** Those after one, oldest first. */
    after(seq: number, limit = MOST_EVENTS): ServerEvent[] {
      const rows = db.sql('SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?').all(seq, limit)
      return rows.map((row) => ({ ...row, data: JSON.parse(String(row.data)) }) as ServerEvent)
    },
    /** The number of the newest; 0 where nothing happened yet. */
    newest(): number {
      return Number(db.sql('SELECT max(seq) AS seq FROM event').get()?.seq ?? 0)
    },
    /** The number before the oldest that is kept. */
    forgotten(): number {
      return Number(db.sql('SELECT min(seq) AS seq FROM event').get()?.seq ?? 1) - 1
    },
    follow(listener: Listener): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    prune(): void {
      db.sql('DELETE FROM event WHERE seq <= (SELECT max(seq) FROM event) - ?').run(KEPT_EVENTS)
    },
  }
}
export type Events = ReturnType<typeof createEvents>
