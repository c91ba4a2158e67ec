import { type HashFixer, hashFixer } from '../nix/hashes/fix.js'
import type { Engine } from './engine.js'
import { interrupted } from './interrupt.js'

/**
 * What is done about hashes of the project that are not those of what is fetched: `write` the right ones, `ask`
 * first, or write only those that stand for "nobody knew yet", which all three do.
 */
export type HashPolicy = 'write' | 'ask' | 'placeholders'

/** Puts hashes right while a project is built. */
export function fixHashes({ signal, tell, ask }: Engine, root: string, policy: HashPolicy): HashFixer {
  return hashFixer(
    root,
    async (diff, placeholders) => {
      if (signal.aborted) throw interrupted()
      tell({ type: 'hashes-differ', diff })
      if (policy !== 'ask' || placeholders) return true
      return ask({ kind: 'hashes' }, signal)
    },
    policy === 'placeholders',
  )
}
