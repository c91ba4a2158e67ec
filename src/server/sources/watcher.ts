import { errorReason } from '../error-reason.js'
import type { Job } from '../store/jobs.js'
import type { Store } from '../store/store.js'

/** What a watcher needs to know of a source. */
export interface Watched {
  name: string
  branch: string
  pollMs: number
}

/** The newest commit of a source's branch, once it is on this machine; undefined where there is no such branch. */
export type Fetch<S extends Watched> = (source: S) => Promise<string | undefined>

/** A look that failed is tried again after this: a webhook may have asked for it. */
const AGAIN_MS = 15_000

/** Looks at branches when somebody says that there may be something new, and from time to time; queues what is new. */
export function createWatcher<S extends Watched>(store: Store, sources: readonly S[], fetch: Fetch<S>) {
  const { sources: rows, now } = store
  const looking = new Set<string>()
  const failedAt = new Map<string, number>()

  async function look(source: S): Promise<void> {
    looking.add(source.name)
    const { looks_wanted } = rows.get(source.name)
    try {
      const head = await fetch(source)
      if (head === undefined) throw new Error(`there is no branch ${source.branch}`)
      store.db.transact(() => {
        rows.looked(source.name, looks_wanted, head)
        queueIfDue(store, source.name, head)
      })
      failedAt.delete(source.name)
    } catch (error) {
      failedAt.set(source.name, now())
      rows.lookFailed(source.name, errorReason(error))
    } finally {
      looking.delete(source.name)
    }
  }

  function isDue({ name, pollMs }: S): boolean {
    if (looking.has(name)) return false
    const { looks_wanted, looks_done, looked_at } = rows.get(name)
    const failed = failedAt.get(name)
    if (failed !== undefined) return now() - failed >= AGAIN_MS
    // A clock that was put back makes it look once too often.
    return looks_wanted > looks_done || looked_at === null || Math.abs(now() - looked_at) >= pollMs
  }

  return {
    /** Begins the looks that are due; resolves when they are over. */
    tick: () => Promise.all(sources.filter(isDue).map(look)),
  }
}

/** Queues a deploy of a branch's newest commit, unless it was tried, or something holds the source. */
export function queueIfDue({ jobs, sources }: Store, source: string, head: string): Job | undefined {
  if (sources.holdOf(source) || jobs.hasFailed(source, head)) return undefined
  const newest = jobs.newest(source)
  if (newest?.kind === 'deploy' && newest.commit === head) return undefined
  return jobs.add({ source, kind: 'deploy', commit: head, cause: 'branch', actor: 'server' })
}
