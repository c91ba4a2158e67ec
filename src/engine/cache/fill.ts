import { setTimeout as sleep } from 'node:timers/promises'
import type { CacheConfig, Config } from '../../config/resolved.js'
import { SlipwayError } from '../../errors.js'
import type { Engine } from '../engine.js'
import { asError } from '../result.js'
import { settle } from '../settle.js'
import { isPushed, type Pushed, pushToCache } from './push.js'

/** How long a cache that is still being filled keeps a command that has done all else, in milliseconds. */
const WAIT_MS = 30_000

/** How long it may take where it is required: some 100 GB over a fast line. */
const MOST_MS = 6 * 3_600_000

/** What became of filling a cache. */
export type Filled = Pushed | { cache: string; error: Error }

/** Caches that are being filled beside something else. */
export interface Filling {
  /** Ends when all have ended, or with what has by then where nobody requires it. */
  ended(required: boolean): Promise<Filled[]>
}

/** Begins to push what was built to the caches of the config, each by itself: none that is slow or dead keeps the others. */
export function fillCaches(
  engine: Engine,
  config: Config,
  caches: readonly CacheConfig[],
  paths: readonly string[],
): Filling {
  const fill = async (cache: CacheConfig): Promise<Filled> => {
    const pushed = await settle(pushToCache(engine, config, cache, paths))
    return pushed.ok ? pushed.value : { cache: cache.name, error: asError(pushed.error) }
  }
  const filling = caches.filter(isPushed).map((cache) => ({ name: cache.name, filled: fill(cache) }))
  return {
    ended: async (required) => {
      const over = new AbortController()
      const signal = AbortSignal.any([over.signal, engine.signal])
      // Whoever stops the work waits for nothing.
      const late = sleep(required ? MOST_MS : WAIT_MS, undefined, { signal }).catch(() => undefined)
      const found = filling.map(({ name, filled }) =>
        Promise.race([filled, late.then(() => ({ cache: name, error: unfinished() }))]),
      )
      const all = await Promise.all(found)
      over.abort()
      return all
    },
  }
}

function unfinished(): SlipwayError {
  return new SlipwayError({
    what: 'it was still being filled when all else was done',
    next: 'What it has taken is whole. `slipway cache push` brings the rest.',
  })
}
