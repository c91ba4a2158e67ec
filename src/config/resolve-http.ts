import type { Http } from '../contract/http.js'
import { durationMs } from './duration.js'
import { rateOf, sizeBytes } from './http-schema.js'
import type { Http as HttpInput } from './types.js'

/** How many more requests than its rate an address may have at once: what a page asks for together. */
const DEFAULT_BURST = 20
const DEFAULT_REDIRECT = 308

/**
 * How nginx serves a route: what the route says over what its service does. Headers are joined, names compared as HTTP
 * does. undefined: as usual.
 */
export function resolveHttp(
  name: string,
  service: HttpInput | undefined,
  route: HttpInput | undefined,
): Http | undefined {
  if (service === undefined && route === undefined) return undefined
  const { maxBody, maxResponseHead, timeout, headers, basicAuth, rateLimit, redirects, cache, ...same } = {
    ...service,
    ...route,
    headers: joined(service?.headers, route?.headers),
  }
  const http: Http = {
    ...same,
    ...(maxBody !== undefined && { maxBodyBytes: maxBody === 'unlimited' ? 0 : sizeBytes(maxBody) }),
    ...(maxResponseHead !== undefined && { maxHeadBytes: sizeBytes(maxResponseHead) }),
    ...(timeout !== undefined && { timeoutMs: durationMs(timeout) }),
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(basicAuth && { basicAuth: { secret: basicAuth.secret, realm: basicAuth.realm ?? name } }),
    ...(rateLimit && { rateLimit: { ...rateOf(rateLimit.rate), burst: rateLimit.burst ?? DEFAULT_BURST } }),
    ...(redirects && {
      redirects: redirects.map(({ from, to, status }) => ({ from, to, status: status ?? DEFAULT_REDIRECT })),
    }),
    ...(cache && {
      cache: {
        ...(cache.pages !== undefined && { pagesSeconds: seconds(cache.pages) }),
        ...(cache.assets !== undefined && { assetsSeconds: seconds(cache.assets) }),
      },
    }),
  }
  return Object.keys(http).length > 0 ? http : undefined
}

type Headers = NonNullable<HttpInput['headers']>

function joined(service: Headers = {}, route: Headers = {}): Headers {
  const own = new Set(Object.keys(route).map((name) => name.toLowerCase()))
  const kept = Object.entries(service).filter(([name]) => !own.has(name.toLowerCase()))
  return { ...Object.fromEntries(kept), ...route }
}

function seconds(text: string): number {
  return Math.ceil(durationMs(text) / 1000)
}
