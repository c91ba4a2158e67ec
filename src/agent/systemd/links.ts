import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.js'
import { type Link, linkDirectly, linkOverBus, type Sockets } from './link.js'

/** Links to systemd: one at a time, a new one where it was lost. */
export interface Links {
  /** The link there is, or a new one; throws where systemd can't be reached for {@link REACH_MS}. */
  current(): Promise<Link>
  close(): void
}

/** How long systemd may be away: it executes itself anew in less than a second, a bus restarts in two. */
const REACH_MS = 30_000
/** After so long without a bus that has systemd on it, it is asked directly: what is broken may be the bus. */
const DIRECT_AFTER_MS = 5_000
/** Short beside what a restart takes, long beside what a try costs. */
const RETRY_MS = 50

export function createLinks(sockets: Sockets, log: Log | undefined): Links {
  const closed = new AbortController()
  let current: Promise<Link> | undefined

  const reach = async (): Promise<Link> => {
    const start = performance.now()
    for (;;) {
      closed.signal.throwIfAborted()
      const passed = performance.now() - start
      try {
        const link = await openEither(sockets, passed >= DIRECT_AFTER_MS)
        if (!link.lost.aborted) return link
      } catch (error) {
        if (performance.now() - start >= REACH_MS) throw error
      }
      await sleep(RETRY_MS, undefined, { signal: closed.signal })
    }
  }
  const begin = async (): Promise<Link> => {
    const link = await reach()
    if (closed.signal.aborted) link.close('it is no longer wanted')
    closed.signal.throwIfAborted()
    link.lost.addEventListener('abort', () => {
      current = undefined
      if (!closed.signal.aborted) log?.info(`lost the connection to systemd: ${link.lost.reason.message}`)
    })
    return link
  }
  return {
    current: () => {
      current ??= begin().catch((error) => {
        current = undefined
        throw error
      })
      return current
    },
    close: () => {
      const link = current
      closed.abort(new Error('the connection to systemd was closed'))
      link?.then((open) => open.close('it was closed')).catch(() => undefined)
    },
  }
}

async function openEither({ bus, direct }: Sockets, directToo: boolean): Promise<Link> {
  try {
    return await linkOverBus(bus)
  } catch (error) {
    if (!directToo) throw error
    return await linkDirectly(direct).catch(() => {
      throw error
    })
  }
}
