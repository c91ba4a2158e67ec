import type { CacheProblem } from '../../contract/cache.js'
import type { Filled } from '../../engine/cache/fill.js'
import type { Pushed } from '../../engine/cache/push.js'
import type { EngineEvent } from '../../engine/events.js'
import { type ErrorParts, SlipwayError } from '../../errors.js'
import type { Whence } from '../../plan/plan.js'
import { formatBytes, type Terminal } from './terminal.js'

/** What a cache got, in a line. */
export function pushedText({ cache, paths, bytes }: Pushed): string {
  if (paths === null) return `${cache}: has it all`
  if (paths === 0) return `${cache}: has had it all`
  return `${cache}: took ${paths} ${paths === 1 ? 'path' : 'paths'}, ${formatBytes(bytes ?? 0)}`
}

/** Tells which caches got something, and which were not filled. */
export function tellFilled(terminal: Pick<Terminal, 'line' | 'warn'>, filled: readonly Filled[]): void {
  for (const one of filled) {
    if ('error' in one) terminal.warn(notFilledText(one))
    else if (one.paths !== 0) terminal.line(pushedText(one))
  }
}

/** What came of learning a cache's key, in a line. */
export function cacheKeyText({ cache, what, file }: Extract<EngineEvent, { type: 'cache-key' }>): string {
  switch (what) {
    case 'learned':
      return `the key of the cache ${cache} is in ${file}: commit it, and all who deploy trust it`
    case 'not-kept':
      return `the key of the cache ${cache} could not be written to ${file}: \`slipway cache trust ${cache}\` tries again`
    case 'differs':
      return `the cache ${cache} has another key than ${file} trusts: if that is meant, \`slipway cache trust ${cache}\` takes it`
  }
}

/** Where packages come from: `40.0 MiB from main, 1.0 MiB from here`. */
export function whenceText({ caches, here }: Pick<Whence, 'caches' | 'here'>): string {
  return [
    ...caches.map(({ cache, bytes }) => `${formatBytes(bytes)} from ${cache}`),
    ...(here.paths > 0 ? [`${formatBytes(here.bytes)} from here`] : []),
  ].join(', ')
}

/** What keeps a cache from being of use, in a line. */
export function cacheProblemText({ cache, kind, paths, why }: CacheProblem): string {
  if (kind === 'down') return `the cache ${cache} is not used: ${why}`
  const what = paths === 0 ? 'what it has' : `${paths} ${paths === 1 ? 'path' : 'paths'} of it`
  return `the cache ${cache}: ${what} could not be used: ${why}`
}

/** Why a cache was not filled, in a line. */
function notFilledText({ cache, error }: Extract<Filled, { error: Error }>): string {
  const { why, next }: Partial<ErrorParts> = error instanceof SlipwayError ? error.parts : {}
  const because = why === undefined ? '' : `: ${why.split('\n').at(-1)}`
  return `the cache ${cache} was not filled: ${error.message}${because}${next === undefined ? '' : `. ${next}`}`
}

/** What became of filling caches, as data. */
export function filledJson(filled: readonly Filled[]) {
  return filled.map((one) => ('error' in one ? { cache: one.cache, problem: one.error.message } : one))
}
