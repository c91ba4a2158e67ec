import type { Files } from './files.js'
import type { Log } from './log.js'
import type { Places } from './places.js'
import type { RunProgram } from './run.js'
import type { Systemd } from './systemd/systemd.js'

/** What every part of the agent works with. */
export interface Agent {
  places: Places
  files: Files
  systemd: Systemd
  run: RunProgram
  log: Log
  /** Begins a step, by its name: crash tests stop the agent there, or have its writes fail. */
  step(name: string): Promise<void>
}
