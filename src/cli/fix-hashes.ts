import { interrupted } from '../deploy/interrupt.js'
import type { DiffLine } from '../hashes/diff.js'
import { type HashFixer, hashFixer } from '../hashes/fix.js'
import { colors as pc } from '../ui/colors.js'
import type { Terminal } from '../ui/terminal.js'
import { askYes, canAsk } from './ask.js'

/** What a command does about wrong hashes: with the flag it writes the right ones, on a terminal it asks. */
export function fixerOf(
  root: string,
  flags: { fixHashes?: boolean; json?: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): HashFixer {
  const asks = !flags.fixHashes && !flags.json && canAsk()
  if (!flags.fixHashes && !asks) return (work) => work()
  return hashFixer(root, async (diff) => {
    if (signal.aborted) throw interrupted()
    terminal.line(diff.map(diffText).join('\n'))
    return (
      !asks ||
      (await askYes(
        'The hash of what is fetched differs. Write the right one and build again?',
        true,
        signal,
      ))
    )
  })
}

function diffText({ kind, text }: DiffLine): string {
  if (kind === 'file') return pc.bold(text)
  return kind === 'removed' ? pc.red(`- ${text.trim()}`) : pc.green(`+ ${text.trim()}`)
}
