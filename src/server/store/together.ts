import type { Database } from './database.js'

/**
 * Does what many ask for at nearly the same time in one transaction, so that the disk is waited for once. Each promise
 * resolves when its work is on the disk.
 */
export function createTogether({ transact }: Database) {
  let waiting: { work: () => unknown; done(value: unknown): void; failed(error: unknown): void }[] = []
  const run = () => {
    const all = waiting
    waiting = []
    try {
      const values = transact(() => all.map(({ work }) => work()))
      for (const [index, { done }] of all.entries()) done(values[index])
    } catch (error) {
      for (const { failed } of all) failed(error)
    }
  }
  return <T>(work: () => T): Promise<T> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(run)
      waiting.push({ work, done: resolve as (value: unknown) => void, failed: reject })
    })
}
export type Together = ReturnType<typeof createTogether>
