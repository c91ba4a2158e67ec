import type { CacheConfig, Config } from '../../../config/resolved.js'
import { didYouMean } from '../../../config/suggest.js'
import { usageError } from '../../../errors.js'
import { argument } from '../../flags.js'

export const cacheArgument = argument('CACHE', 'A cache of the config')

/** A cache of the config. @throws SlipwayError with a suggestion where there is none of that name. */
export function cacheOf({ caches }: Pick<Config, 'caches'>, name: string): CacheConfig {
  const found = caches.find((cache) => cache.name === name)
  if (found) return found
  const names = caches.map((cache) => cache.name)
  const guess = didYouMean(name, names)
  throw usageError({
    what: `the config has no cache "${name}"`,
    next: guess
      ? `Did you mean "${guess}"?`
      : `It has: ${names.join(', ') || 'none; `caches` names them, see docs/cache.md'}.`,
  })
}
