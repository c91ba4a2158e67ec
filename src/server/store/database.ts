import { chmodSync, closeSync, openSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { SlipwayError } from '../../errors.js'
import { MIGRATIONS } from './migrations.js'

/** How long a write waits for that of another process, such as a deploy that says it has begun. */
const BUSY_MS = 10_000

/** The server's database: SQLite, each commit of which is on the disk before anybody is told. */
export interface Database {
  /** A statement, prepared once. */
  sql(text: string): StatementSync
  /** All of it or nothing; within another one, a part of that. */
  transact<T>(work: () => T): T
  close(): void
}

/**
 * Opens a database, or makes it; brings one of an earlier form into today's.
 * @throws SlipwayError where a newer slipway made it.
 */
export function openDatabase(file: string): Database {
  // Its owner's alone from the first byte on; SQLite gives what it keeps beside it the same mode.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const db = new DatabaseSync(file)
  db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF')
  const prepared = new Map<string, StatementSync>()
  let within = false
  const database: Database = {
    sql: (text) => {
      const known = prepared.get(text) ?? db.prepare(text)
      prepared.set(text, known)
      return known
    },
    transact: (work) => {
      if (within) return work()
      db.exec('BEGIN IMMEDIATE')
      within = true
      try {
        const result = work()
        db.exec('COMMIT')
        return result
      } catch (error) {
        db.exec('ROLLBACK')
        throw error
      } finally {
        within = false
      }
    },
    close: () => db.close(),
  }
  migrate(db, database, file)
  return database
}

function migrate(db: DatabaseSync, { transact }: Database, file: string): void {
  transact(() => {
    const version = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    if (version > MIGRATIONS.length) {
      throw new SlipwayError({
        what: `${file} was written by a newer slipway`,
        why: `it has form ${version}; this slipway knows forms up to ${MIGRATIONS.length}`,
        still: 'Nothing in it was changed.',
        next: 'Run the newer slipway, or name another folder with --data.',
      })
    }
    for (const step of MIGRATIONS.slice(version)) db.exec(step)
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`)
  })
}
