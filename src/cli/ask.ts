import { createInterface } from 'node:readline/promises'

/** Whether somebody is there to answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks a yes-or-no question on the terminal; `otherwise` is what Enter alone means. */
export async function askYes(question: string, otherwise: boolean): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  // The terminal gives Ctrl-C to the question; it is meant for slipway.
  reader.on('SIGINT', () => {
    reader.close()
    process.kill(process.pid, 'SIGINT')
  })
  const answer = await reader.question(`${question} ${otherwise ? '[Y/n]' : '[y/N]'} `)
  reader.close()
  return answer.trim() === '' ? otherwise : /^y(es)?$/i.test(answer.trim())
}
