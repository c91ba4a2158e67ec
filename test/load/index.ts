import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Question, Reply } from './child.js'
import { type LoadOptions, resolveOptions } from './options.js'
import type { LoadReport } from './report.js'

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
 * Puts a load on a service, from a process of its own so that the caller's work does not show in the latencies.
 * Resolves when all workers have begun. A load that nobody stops ends with the caller's process, which it does
 * not keep alive.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const load = resolveOptions(options)
  const ask = startChild()
  await ask({ ask: 'start', load })
  let stopped: Promise<LoadReport> | undefined
  return {
    mark: (label) => ask({ ask: 'mark', label }),
    report: () => ask({ ask: 'report' }),
    stop: () => {
      stopped ??= ask({ ask: 'stop' })
      return stopped
    },
  }
}

type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, 'id'> : never) : never

/** Starts the process; returns how to ask it. It ends after its reply to `stop`. */
function startChild(): <VALUE>(question: Asked) => Promise<VALUE> {
  const child = fork(fileURLToPath(new URL('./child.ts', import.meta.url)), {
    execArgv: ['--import', import.meta.resolve('tsx')],
    // The standard output may be a protocol of the test runner's.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  })
  const waiting = new Map<
    number,
    { ask: string; resolve(value: unknown): void; reject(error: unknown): void }
  >()
  let asked = 0
  let gone: Error | undefined

  const end = (error: Error) => {
    gone ??= error
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
  }
  child.on('error', end)
  child.on('exit', (code, signal) =>
    end(new Error(`the load's process is gone: ${signal ?? `exit code ${code}`}`)),
  )
  child.on('message', (message) => {
    const reply = message as Reply
    const question = waiting.get(reply.id)
    waiting.delete(reply.id)
    if (waiting.size === 0) child.channel?.unref()
    if (question?.ask === 'stop') child.disconnect()
    if ('error' in reply) question?.reject(reply.error)
    else question?.resolve(reply.value)
  })
  child.unref()
  return <VALUE>(question: Asked) =>
    new Promise<VALUE>((resolve, reject) => {
      if (gone) return reject(gone)
      asked += 1
      waiting.set(asked, { ask: question.ask, resolve: resolve as (value: unknown) => void, reject })
      child.channel?.ref()
      child.send({ id: asked, ...question })
    })
}
