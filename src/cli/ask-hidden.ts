import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { interrupted } from '../engine/interrupt.js'

/**
 * Asks for a line on the terminal that is not shown while it is typed; undefined where the input ends.
 * @throws SlipwayError where Ctrl-C is the answer.
 */
export function askHidden(question: string): Promise<string | undefined> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  process.stderr.write(`${question} `)
  return new Promise((resolve, reject) => {
    const end = (finish: () => void) => {
      process.stderr.write('\n')
      finish()
      reader.close()
    }
    reader.on('SIGINT', () => end(() => reject(interrupted())))
    reader.once('line', (line) => end(() => resolve(line)))
    reader.once('close', () => resolve(undefined))
  })
}
