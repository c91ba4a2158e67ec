import { createHash } from 'node:crypto'
import type { Database } from './database.js'

/** What somebody had the server do. */
export interface AuditEntry {
  seq: number
  /** Milliseconds since 1970. */
  at: number
  /** A token's name, or who the socket was opened by. */
  actor: string
  verb: string
  object: string
  args: Record<string, unknown>
  /** Of the entry before it, so that none can be changed or taken out without all after it. */
  previous: string
}

/** What stands for the entry before the first. */
const FIRST = '0'.repeat(64)

/** The audit log: each entry holds the hash of the one before. */
export function createAudit(db: Database, now: () => number) {
  return {
    add(entry: Pick<AuditEntry, 'actor' | 'verb' | 'object' | 'args'>): void {
      db.transact(() => {
        const last = db.sql('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1').get()
        const seq = Number(last?.seq ?? 0) + 1
        const { actor, verb, object, args } = entry
        const text = JSON.stringify({
          ...{ seq, at: now(), actor, verb, object, args },
          previous: String(last?.hash ?? FIRST),
        } satisfies AuditEntry)
        db.sql('INSERT INTO audit (seq, entry, hash) VALUES (?, ?, ?)').run(seq, text, hashOf(text))
      })
    },
    /** The newest, oldest of them first. */
    list(limit: number): AuditEntry[] {
      const rows = db.sql('SELECT entry FROM audit ORDER BY seq DESC LIMIT ?').all(limit)
      return rows.map(({ entry }) => JSON.parse(String(entry)) as AuditEntry).reverse()
    },
    /** The first entry that is not as it was written; undefined where all are. */
    broken(): number | undefined {
      let previous = FIRST
      let expected = 1
      for (const { seq, entry, hash } of db.sql('SELECT * FROM audit ORDER BY seq').all()) {
        const text = String(entry)
        const said = JSON.parse(text) as AuditEntry
        const right =
          seq === expected && said.seq === seq && said.previous === previous && hash === hashOf(text)
        if (!right) return expected
        previous = String(hash)
        expected += 1
      }
      return undefined
    },
  }
}
export type Audit = ReturnType<typeof createAudit>

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
