import { isDeepStrictEqual } from 'node:util'
import type { Http } from '../../../contract/http.js'
import type { Route } from '../../../contract/service.js'
import { problem, shown } from './text.js'

/** Of its own answers alone, within its own locations. */
type Free = 'headers' | 'redirects' | 'cache' | 'compress' | 'bufferResponses'
/** What is bounded by what all have, or more where an administrator has deployed that. */
type Bounded = 'maxBodyBytes' | 'maxHeadBytes' | 'timeoutMs'

/** What a release has that says nothing: disk, memory and connections of nginx's that it may take. */
const MOST: Readonly<Record<Bounded, number>> = {
  maxBodyBytes: 64 * 1024 ** 2,
  maxHeadBytes: 32 * 1024,
  timeoutMs: 300_000,
}
/** For nginx no limit. */
const ANY_BODY = 0

/**
 * What is wrong with how a key has its route served. Who may ask, how often, who is believed, and what leads out of its
 * locations is as an administrator has deployed it at the same place.
 */
export function httpProblems({ url, domain, path, http = {} }: Route, inherited: readonly Route[]): string[] {
  const before = inherited.find((one) => one.domain === domain && one.path === path)?.http ?? {}
  const { headers, redirects, cache, compress, bufferResponses, ...rest } = http satisfies Pick<Http, Free>
  const names = new Set([...Object.keys(rest), ...Object.keys(withoutFree(before))] as (keyof typeof rest)[])
  return [...names].flatMap((name) =>
    problem(
      !isAllowed(name, http, before),
      `how ${shown(url)} is served is an administrator's to say, and as one has deployed it: http.${name}`,
    ),
  )
}

function withoutFree({ headers, redirects, cache, compress, bufferResponses, ...rest }: Http) {
  return rest
}

function isAllowed(name: keyof Http, http: Http, before: Http): boolean {
  if (isDeepStrictEqual(http[name], before[name])) return true
  if (!isBounded(name)) return false
  const value = http[name] ?? MOST[name]
  const most = Math.max(MOST[name], before[name] ?? 0)
  const unlimited = name === 'maxBodyBytes' && value === ANY_BODY
  return !unlimited && (value <= most || (name === 'maxBodyBytes' && before[name] === ANY_BODY))
}

function isBounded(name: keyof Http): name is Bounded {
  return Object.hasOwn(MOST, name)
}
