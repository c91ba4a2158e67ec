import { parentPort, workerData } from 'node:worker_threads'
import type { ResolvedLoad } from './options.js'
import { run } from './run.js'

/** What a load is asked, with a number for the answer. */
export type Question = { id: number } & ({ ask: 'mark'; label: string } | { ask: 'report' | 'stop' })
export type Reply = { id: number } & ({ value: unknown } | { error: unknown })

if (parentPort === null) throw new Error('this is a thread of index.ts')
const port = parentPort
const load = run(workerData as ResolvedLoad)

async function answer(question: Question): Promise<unknown> {
  if (question.ask === 'mark') return load.mark(question.label)
  if (question.ask === 'report') return load.report()
  return await load.stop()
}

port.on('message', (question: Question) => {
  const { id } = question
  answer(question).then(
    (value) => port.postMessage({ id, value } satisfies Reply),
    (error: unknown) => port.postMessage({ id, error } satisfies Reply),
  )
})
