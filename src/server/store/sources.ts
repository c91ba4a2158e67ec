import type { Database } from './database.js'
import type { Events } from './events.js'

/** What is known of a source. */
export interface SourceRow {
  name: string
  /** The newest commit of its branch that was seen. */
  head: string | null
  /** How often somebody asked to look, and how many of those a look has answered. */
  looks_wanted: number
  looks_done: number
  /** When its branch was last seen, in milliseconds since 1970. */
  looked_at: number | null
  /** Why it can't be looked at now. */
  problem: string | null
}

/** What keeps a source from being deployed by itself. */
export interface Hold {
  source: string
  kind: 'pause' | 'rollback'
  actor: string
  /** Milliseconds since 1970. */
  at: number
}

/** Sources: what was seen of their branches, and what holds them. */
export function createSources(db: Database, events: Events, now: () => number) {
  const find = (name: string) =>
    db.sql('SELECT * FROM source WHERE name = ?').get(name) as unknown as SourceRow | undefined
  const get = (name: string): SourceRow => {
    const known = find(name)
    if (known) return known
    db.sql('INSERT INTO source (name) VALUES (?) ON CONFLICT DO NOTHING').run(name)
    return find(name) as SourceRow
  }
  const wantLook = (name: string): void => {
    get(name)
    db.sql('UPDATE source SET looks_wanted = looks_wanted + 1 WHERE name = ?').run(name)
  }
  return {
    get,
    /** Somebody says that there may be something new. */
    wantLook,
    /** A look that began when so many were wanted has seen the branch. */
    looked(name: string, answered: number, head: string): void {
      const { problem } = get(name)
      db.sql('UPDATE source SET looks_done = ?, looked_at = ?, head = ?, problem = NULL WHERE name = ?').run(
        ...([answered, now(), head, name] as const),
      )
      if (problem !== null) events.tell('reachable', name, null)
    },
    /** A look failed: what was asked for is still to be done. */
    lookFailed(name: string, problem: string): void {
      if (get(name).problem === problem) return
      db.sql('UPDATE source SET problem = ? WHERE name = ?').run(problem, name)
      events.tell('unreachable', name, null, { problem })
    },
    hold(name: string, kind: Hold['kind'], actor: string): void {
      db.sql('INSERT OR REPLACE INTO hold (source, kind, actor, at) VALUES (?, ?, ?, ?)').run(
        ...([name, kind, actor, now()] as const),
      )
      events.tell('held', name, null, { kind, actor })
    },
    holdOf(name: string): Hold | undefined {
      return db.sql('SELECT * FROM hold WHERE source = ?').get(name) as unknown as Hold | undefined
    },
    /** What was pushed in the meantime is deployed now. */
    resume(name: string, actor: string): boolean {
      if (db.sql('DELETE FROM hold WHERE source = ?').run(name).changes === 0) return false
      events.tell('resumed', name, null, { actor })
      wantLook(name)
      return true
    },
  }
}
export type Sources = ReturnType<typeof createSources>
