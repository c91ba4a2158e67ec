import { type Audit, createAudit } from './audit.js'
import { type Database, openDatabase } from './database.js'
import { createEvents, type Events } from './events.js'
import { createJobs, type Jobs } from './jobs.js'
import { createSources, type Sources } from './sources.js'
import { createTokens, type Tokens } from './tokens.js'

/** Everything that the server keeps. */
export interface Store {
  db: Database
  events: Events
  jobs: Jobs
  sources: Sources
  audit: Audit
  tokens: Tokens
  now: () => number
}

/** Opens the store in a file. */
export function openStore(file: string, now: () => number = Date.now): Store {
  const db = openDatabase(file)
  const events = createEvents(db, now)
  return {
    ...{ db, events, now },
    jobs: createJobs(db, events, now),
    sources: createSources(db, events, now),
    audit: createAudit(db, now),
    tokens: createTokens(db, now),
  }
}
