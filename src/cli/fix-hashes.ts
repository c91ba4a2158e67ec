import { interrupted } from '../engine/interrupt.js'
import type { DiffLine } from '../init/hashes/diff.js'
import { type HashFixer, hashFixer } from '../init/hashes/fix.js'
import { askYes, canAsk } from './ask.js'
import { colors as pc } from './text/colors.js'
import type { Terminal } from './text/terminal.js'

/**
 * What a command does about wrong hashes: with the flag it writes the right ones, on a terminal it asks. A
 * placeholder, which says that nobody knew yet, is always replaced.
 */
export function fixerOf(
  root: string,
  flags: { fixHashes?: boolean; json?: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): HashFixer {
  const asks = !flags.fixHashes && !flags.json && canAsk()
  const approve = async (diff: DiffLine[], placeholders: boolean) => {
    if (signal.aborted) throw interrupted()
    terminal.line(diff.map(diffText).join('\n'))
    if (!asks || placeholders) return true
    const question = 'The hash of what is fetched differs. Write the right one and build again?'
    return await askYes(question, true, signal)
  }
  return hashFixer(root, approve, !flags.fixHashes && !asks)
}

function diffText({ kind, text }: DiffLine): string {
  if (kind === 'file') return pc.bold(text)
  return kind === 'removed' ? pc.red(`- ${text.trim()}`) : pc.green(`+ ${text.trim()}`)
}
