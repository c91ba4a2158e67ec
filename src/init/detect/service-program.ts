import type { environmentReads } from './environment.js'
import type { Database, ListenChoice, Program } from './project.js'
import type { findHealth } from './routes.js'
import type { Found } from './tree.js'
import { otherVariables } from './variables.js'

/** What the source of a program tells of it. */
interface ProgramFacts {
  reads: ReturnType<typeof environmentReads>
  /** undefined: it was not seen to listen, so nothing of its health matters either. */
  listen: Found<ListenChoice> | undefined
  health: ReturnType<typeof findHealth>
  state: Found<Database> | undefined
  folders?: Found<string>[]
  assets: Found<string>[]
  /** What else there is to say of it. */
  notes?: readonly string[]
}

/** A program of a package, as its source tells of it. */
export function serviceProgram(name: string, facts: ProgramFacts): Program {
  const { reads, listen, state, folders = [], assets, notes = [] } = facts
  const { health, note } = facts.health
  return {
    name,
    kind: 'service',
    serves: listen !== undefined,
    ...(listen ? { listen } : {}),
    ...(listen && health ? { health } : {}),
    ...(state ? { state } : {}),
    ...(folders.length > 0 ? { folders } : {}),
    assets,
    variables: otherVariables(reads, listen, state, folders),
    processes: [],
    notes: [...(listen && note ? [note] : []), ...notes],
  }
}
