import { shellQuote } from '../../shell-quote.js'
import type { Described } from '../describe.js'

/** The words that call something, as one. */
export const calls = (path: readonly string[]): string => path.join(' ')

/** What may follow: commands, then flags. */
export function wordsOf({ commands, flags }: Described): string[] {
  return [...commands.map(({ name }) => name), ...flags.map(({ name }) => `--${name}`)]
}

/** A word for a shell, in quotes whatever it is. */
export function quoted(text: string): string {
  const word = shellQuote(text)
  return word.startsWith("'") ? word : `'${word}'`
}
