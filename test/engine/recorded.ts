import type { Terminal } from '../../src/cli/text/terminal.js'

/** A terminal that keeps its lines. */
export function recorded(): { lines: string[]; terminal: Terminal } {
  const lines: string[] = []
  return { lines, terminal: { line: (text) => lines.push(text), warn: () => {}, status: () => {} } }
}
