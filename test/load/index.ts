import { Worker } from 'node:worker_threads'
import { type LoadOptions, resolveOptions } from './options.js'
import type { LoadReport } from './report.js'
import type { Question, Reply } from './thread.js'

export { assertAnsweredBy, assertHeardFrom, assertNothingLost } from './assert.js'
export { FIRST_PHASE } from './ledger.js'
export type { Kinds, LoadOptions } from './options.js'
export type * from './report.js'
export { reportText } from './text.js'

/** A load that goes on. */
export interface Load {
  /**
   * Starts a phase of the report. Wait for it: only then does every request that is sent belong to the new
   * phase. Returns when that was, in milliseconds since 1970.
   */
  mark(label: string): Promise<number>
  /** What happened so far. */
  report(): Promise<LoadReport>
  /**
   * Sends no more requests, waits for those under way and closes streams. Throws if a request is not accounted
   * for. Can be called again, as a cleanup.
   */
  stop(): Promise<LoadReport>
}

/**
 * Puts a load on a service, from a thread of its own so that the caller's work does not show in the latencies.
 * Resolves when all workers have begun. A load that nobody stops ends with the process, which it does not keep
 * alive.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: resolveOptions(options) })
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>()
  let asked = 0
  let broken: { error: unknown } | undefined

  const breakDown = (error: unknown) => {
    broken ??= { error }
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
  }
  worker.on('error', breakDown)
  worker.on('exit', () => breakDown(new Error('the load is stopped')))
  worker.on('message', ({ id, ...reply }: Reply) => {
    const question = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) worker.unref()
    if ('error' in reply) question?.reject(reply.error)
    else question?.resolve(reply.value)
  })
  type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never
  const ask = <VALUE>(question: Asked) =>
    new Promise<VALUE>((resolve, reject) => {
      if (broken) return reject(broken.error)
      asked += 1
      waiting.set(asked, { resolve: resolve as (value: unknown) => void, reject })
      worker.ref()
      worker.postMessage({ id: asked, ...question })
    })

  let stopped: Promise<LoadReport> | undefined
  const stop = async () => {
    const report = await ask<LoadReport>({ ask: 'stop' })
    await worker.terminate()
    return report
  }
  await ask({ ask: 'report' })
  return {
    mark: (label) => ask({ ask: 'mark', label }),
    report: () => ask({ ask: 'report' }),
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}
