import { createInterface } from 'node:readline'

/** Asks one thing after the other on the terminal. */
export interface Asker {
  /** Enter takes the fallback. Gives undefined where the input ends. */
  ask(text: string, fallback: string | undefined): Promise<string | undefined>
  close(): void
}

/** Asks on this process's terminal; what is typed ahead is kept for the next question. */
export function createAsker(): Asker {
  const lines: string[] = []
  let ended = false
  let wake = () => {}
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  reader.on('line', (line) => {
    lines.push(line)
    wake()
  })
  reader.on('close', () => {
    ended = true
    wake()
  })
  return {
    ask: async (text, fallback) => {
      reader.setPrompt(`${text}${fallback === undefined ? '' : ` [${fallback}]`} `)
      reader.prompt()
      while (lines.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const answer = lines.shift()
      return answer?.trim() || (answer === undefined ? undefined : (fallback ?? ''))
    },
    close: () => reader.close(),
  }
}
