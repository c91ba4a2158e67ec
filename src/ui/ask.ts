import { createInterface } from 'node:readline/promises'

/** Asks on the terminal; Enter takes the fallback. Gives undefined where the input ends. */
export async function ask(text: string, fallback: string | undefined): Promise<string | undefined> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  const ended = new Promise<undefined>((resolve) => reader.once('close', () => resolve(undefined)))
  try {
    const shown = fallback === undefined ? '' : ` [${fallback}]`
    const answer = await Promise.race([reader.question(`${text}${shown} `), ended])
    return answer?.trim() || (answer === undefined ? undefined : (fallback ?? ''))
  } finally {
    reader.close()
  }
}
