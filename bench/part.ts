import type { Cleanup } from './cleanup.js'
import type { Taken } from './measurement.js'
import type { Stage } from './stage.js'

/** What a part is measured with. */
export interface Bench {
  /** The host, and what is deployed to it; made when it is first asked for. */
  stage(): Promise<Stage>
  rounds: number
  cleanup: Cleanup
}

/** What a part found. */
export interface Found {
  taken: Taken[]
  /** What people should see beside that. */
  text?: string
}

/** Something that can be measured by itself. */
export interface Part {
  /** How many rounds say enough, unless BENCH_ROUNDS says another number. */
  rounds: number
  run(bench: Bench): Promise<Found>
}
