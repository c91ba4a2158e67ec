import type { SetupNote } from '../../contract/verbs.js'

/** What is told of a setup while it is made, or looked for. */
export interface Changes {
  notes: SetupNote[]
  /** Tells of a change, and whether it is to be made. */
  change(text: string): boolean
  /** Tells of what only the owner of the host can do. */
  manual(text: string): void
}

/** `dry`: nothing is to be made. */
export function createChanges(dry: boolean): Changes {
  const notes: SetupNote[] = []
  return {
    notes,
    change: (text) => {
      notes.push({ kind: 'change', text })
      return !dry
    },
    manual: (text) => {
      notes.push({ kind: 'manual', text })
    },
  }
}
