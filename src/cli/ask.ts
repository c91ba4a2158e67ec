import { createInterface } from 'node:readline/promises'
import { interrupted } from '../engine/interrupt.js'

/** Whether somebody is there to answer. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/**
 * Asks a yes-or-no question on the terminal; `otherwise` is what Enter alone means, and the end of input means no.
 * @throws SlipwayError where Ctrl-C is the answer, or the signal comes first.
 */
export function askYes(question: string, otherwise: boolean, signal?: AbortSignal): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  return new Promise<boolean>((resolve, reject) => {
    const stop = () => {
      process.stderr.write('\n')
      reject(interrupted())
      reader.close()
    }
    // The terminal gives Ctrl-C to the question.
    reader.on('SIGINT', stop)
    reader.on('close', () => resolve(false))
    signal?.addEventListener('abort', stop, { once: true })
    reader.question(`${question} ${otherwise ? '[Y/n]' : '[y/N]'} `).then((answer) => {
      resolve(answer.trim() === '' ? otherwise : /^y(es)?$/i.test(answer.trim()))
      reader.close()
    }, reject)
  })
}
