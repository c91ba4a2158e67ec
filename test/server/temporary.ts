import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openStore } from '../../src/server/store/store.js'

/** A folder that is gone when the tests around it have ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-server-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store of its own, with a clock that is moved by hand. */
export function temporaryStore() {
  const clock = { now: 1_000_000 }
  const file = join(temporaryFolder(), 'server.sqlite')
  return { store: openStore(file, () => clock.now), clock, file }
}
