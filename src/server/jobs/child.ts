import { openStore } from '../store/store.js'
import { processOf } from './process.js'

/**
 * What a job's process does first: it says that it is the one that works on it, in the database, and becomes the
 * deploy. So a deploy that runs is always known, also to a server that was killed when it had begun it; one that is not
 * known never runs.
 */
export function main([database = '', job, attempt, program = '', ...args]: readonly string[]): void {
  const store = openStore(database)
  const mine = store.jobs.register(Number(job), Number(attempt), processOf(process.pid))
  store.db.close()
  // Another one was begun in its place, or nobody wants it any more.
  if (!mine) return
  process.execve(program, [program, ...args], process.env)
}
