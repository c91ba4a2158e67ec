import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { interrupted } from '../engine/interrupt.js'

/** Where questions are put: a terminal's two ends. */
export interface Ends {
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
}

export interface LineOptions {
  /** What Enter alone means. */
  fallback?: string | undefined
  /** Whether what is typed is not shown. */
  hidden?: boolean
  /** Takes the question back. */
  signal?: AbortSignal | undefined
}

/** Asks on a terminal, one question after the other. */
export interface Prompt {
  /** Whether somebody is there to answer. */
  readonly canAsk: boolean
  /**
   * Gives undefined where the input has ended.
   * @throws SlipwayError where Ctrl-C is the answer, or the signal comes first.
   */
  line(question: string, options?: LineOptions): Promise<string | undefined>
  /** A yes-or-no question; `otherwise` is what Enter alone means, and the end of input means no. */
  yes(question: string, otherwise: boolean, signal?: AbortSignal): Promise<boolean>
}

export function createPrompt(
  { input, output }: Ends = { input: process.stdin, output: process.stderr },
): Prompt {
  /** What was typed ahead of the next question: whole lines, and the beginning of one. */
  const ahead: string[] = []
  let begun = ''
  let last: Promise<unknown> = Promise.resolve()

  const read = (question: string, hidden: boolean, signal?: AbortSignal) =>
    new Promise<string | undefined>((resolve, reject) => {
      if (signal?.aborted) return reject(interrupted())
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
      const reader = createInterface({
        ...{ input, output: hidden ? nowhere : output, terminal: true, historySize: 0 },
      })
      let answer: string | undefined
      const stop = () => {
        output.write('\n')
        reject(interrupted())
        reader.close()
      }
      reader.on('line', (line) => {
        if (answer !== undefined) {
          ahead.push(line)
          return
        }
        answer = line
        // What came in the same piece follows at once.
        setImmediate(() => {
          begun = reader.line
          reader.close()
        })
      })
      // The terminal gives Ctrl-C to the question.
      reader.on('SIGINT', stop)
      reader.on('close', () => {
        signal?.removeEventListener('abort', stop)
        if (hidden) output.write('\n')
        resolve(answer)
      })
      signal?.addEventListener('abort', stop, { once: true })
      if (hidden) output.write(question)
      else {
        reader.setPrompt(question)
        reader.prompt()
      }
      if (begun !== '') reader.write(begun)
      begun = ''
    })

  const ask = (question: string, hidden: boolean, signal?: AbortSignal): Promise<string | undefined> => {
    const asking = last.then(() => {
      const typed = ahead.shift()
      if (typed === undefined) return read(question, hidden, signal)
      output.write(hidden ? `${question}\n` : `${question}${typed}\n`)
      return typed
    })
    last = asking.catch(() => undefined)
    return asking
  }

  return {
    get canAsk() {
      return input.isTTY === true && output.isTTY === true
    },
    line: async (question, { fallback, hidden = false, signal } = {}) => {
      if (hidden) return ask(question, true, signal)
      const answer = await ask(`${question}${fallback === undefined ? '' : ` [${fallback}]`} `, false, signal)
      return answer?.trim() || (answer === undefined ? undefined : (fallback ?? ''))
    },
    yes: async (question, otherwise, signal) => {
      const answer = await ask(`${question} ${otherwise ? '[Y/n]' : '[y/N]'} `, false, signal)
      if (answer === undefined) return false
      return answer.trim() === '' ? otherwise : /^y(es)?$/i.test(answer.trim())
    },
  }
}
