import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ENDED } from '../guard/record.js'
import { forget, KEEP_ENDED_MS } from '../guard/settle.js'
import type { State } from './state.js'

/** Lets go of activations whose end nobody has asked about for long. */
export async function forgetOld({ agent, around, lives }: State): Promise<void> {
  for (const live of [...lives.values()]) {
    try {
      const ended = live.over.set ? (await stat(join(live.dir, ENDED))).mtimeMs : Date.now()
      if (!live.over.set || Date.now() - ended < KEEP_ENDED_MS || !lives.delete(live.id)) continue
      await forget(agent, around.kinds, live)
    } catch (error) {
      agent.log.warning(`the record of ${live.id} could not be cleared: ${String(error)}`)
    }
  }
}
