import type { ResolvedLoad } from './options.js'
import { type Running, run } from './run.js'

/** What a load is asked, with a number for the reply. */
export type Question = { id: number } & (
  | { ask: 'start'; load: ResolvedLoad }
  | { ask: 'mark'; label: string }
  | { ask: 'report' | 'stop' }
)
export type Reply = { id: number } & ({ value: unknown } | { error: unknown })

let running: Running | undefined

async function reply(question: Question): Promise<unknown> {
  if (question.ask === 'start') {
    running = run(question.load)
    return undefined
  }
  if (running === undefined) throw new Error('nothing was started')
  if (question.ask === 'mark') return running.mark(question.label)
  if (question.ask === 'report') return running.report()
  return await running.stop()
}

const send = (message: Reply) => process.send?.(message)

process.on('message', (question: Question) => {
  const { id } = question
  reply(question).then(
    (value) => send({ id, value }),
    (error: unknown) => send({ id, error }),
  )
})
// Whoever asked for the load is gone.
process.on('disconnect', () => process.exit())
