import type { ReadCache } from '../../contract/cache.js'
import type { Engine } from '../engine.js'
import { settle } from '../settle.js'

/** How long a cache may take to say that it is one, in milliseconds. */
const ALIVE_MS = 3_000

/**
 * Asks caches, once, whether they answer: Nix would wait longer for each that does not. Gives those that do; of others it is
 * told.
 */
export function aliveCaches(
  { tell }: Pick<Engine, 'tell'>,
  caches: readonly ReadCache[],
): () => Promise<ReadCache[]> {
  let asked: Promise<ReadCache[]> | undefined
  const ask = async () => {
    const answers = await Promise.all(
      caches.map(async (cache) => {
        const answer = await settle(
          fetch(`${cache.url}/nix-cache-info`, { signal: AbortSignal.timeout(ALIVE_MS) }).then(
            async (response) => {
              await response.body?.cancel()
              return response.status
            },
          ),
        )
        if (answer.ok && answer.value === 200) return [cache]
        const why = answer.ok ? `it answered ${answer.value}` : 'it does not answer'
        tell({ type: 'cache-passed-over', cache: cache.name, why })
        return []
      }),
    )
    return answers.flat()
  }
  return () => {
    asked ??= ask()
    return asked
  }
}
