import { isDeepStrictEqual } from 'node:util'
import type { Http } from '../../../contract/http.js'
import type { Route } from '../../../contract/service.js'
import { isRestricted } from '../../../release/nginx-route.js'
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
 * locations is as an administrator has deployed it: there, or where a route of theirs has this one within it.
 */
export function httpProblems({ url, domain, path, http = {} }: Route, inherited: readonly Route[]): string[] {
  const before = around(domain, path, inherited)?.http ?? {}
  const { headers, redirects, cache, compress, bufferResponses, ...rest } = http satisfies Pick<Http, Free>
  const names = new Set([...Object.keys(rest), ...Object.keys(withoutFree(before))] as (keyof typeof rest)[])
  return [...names].flatMap((name) =>
    problem(
      !isAllowed(name, http, before),
      `how ${shown(url)} is served is an administrator's to say, and as one has deployed it: http.${name}`,
    ),
  )
}

/**
 * What is wrong with the routes that a key leaves out: what an administrator has closed to some would be open to all, if
 * a shorter route of the same domain took its requests.
 */
export function leftOutProblems(routes: readonly Route[], inherited: readonly Route[]): string[] {
  return inherited.flatMap((closed) => {
    const now = around(closed.domain, closed.path, routes)
    const left = now !== undefined && !isAt(closed, now) && isRestricted(closed)
    return problem(left, `${shown(closed.url)} is closed to some by an administrator, and can't be left out`)
  })
}

function isAt(one: Route, { domain, path }: Route): boolean {
  return one.domain === domain && one.path === path
}

/** The route that takes what is asked for at a place: the domain's own before one for any name, the longer path. */
function around(domain: string, path: string, routes: readonly Route[]): Route | undefined {
  const isFor = (one: Route) =>
    one.domain === domain || (one.domain.startsWith('*.') && domain.endsWith(one.domain.slice(1)))
  const rank = (one: Route) => [one.domain === domain ? 1 : 0, one.domain.length, one.path.length]
  return routes
    .filter((one) => isFor(one) && path.startsWith(one.path))
    .sort((one, other) => compare(rank(other), rank(one)))[0]
}

function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((value, at) => value - (other[at] ?? 0)).find((difference) => difference !== 0) ?? 0
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
