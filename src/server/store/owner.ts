import { SlipwayError } from '../../errors.js'
import { isAlive, type Process } from '../jobs/process.js'
import type { Database } from './database.js'

/**
 * Makes a process the only server of a database. The lease is the process itself: it ends with it, at once, whatever it
 * died of.
 * @throws SlipwayError while another server runs.
 */
export function own(db: Database, file: string, self: Process, alive = isAlive): void {
  db.transact(() => {
    const row = db.sql('SELECT process FROM owner WHERE id = 1').get()
    const owner = row && (JSON.parse(String(row.process)) as Process)
    if (owner && owner.pid !== self.pid && alive(owner)) {
      throw new SlipwayError({
        what: `another server works with ${file}`,
        why: `it is the process ${owner.pid}`,
        still: 'That one goes on; nothing was changed.',
        next: 'Stop it first, or name another folder with --data.',
      })
    }
    db.sql('INSERT OR REPLACE INTO owner (id, process) VALUES (1, ?)').run(JSON.stringify(self))
  })
}
