import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** How often a stopped step looks whether it may go on, in milliseconds. */
const LOOK_MS = 20

/**
 * Where tests hurt the agent: a folder that only root can make. `steps` holds the steps that were begun, `stop-at-STEP`
 * stops one, `fail-writes-at-STEP` holds the error code (ENOSPC, EIO, EROFS) of every write until the next step.
 */
export interface Faults {
  begin(step: string): Promise<void>
  /** Throws in place of a write. */
  beforeWrite(path: string): void
}

export function createFaults(folder: string): Faults {
  let failing: string | undefined
  return {
    begin: async (step) => {
      failing = undefined
      if (!existsSync(folder)) return
      appendFileSync(join(folder, 'steps'), `${step}\n`)
      const fails = join(folder, `fail-writes-at-${step}`)
      if (existsSync(fails)) {
        failing = readFileSync(fails, 'utf8').trim()
        rmSync(fails)
      }
      const stop = join(folder, `stop-at-${step}`)
      if (!existsSync(stop)) return
      writeFileSync(join(folder, 'stopped'), '')
      while (existsSync(stop)) await sleep(LOOK_MS)
    },
    beforeWrite: (path) => {
      if (failing === undefined) return
      const error: NodeJS.ErrnoException = new Error(`${failing}: writing ${path}`)
      error.code = failing
      throw error
    },
  }
}
