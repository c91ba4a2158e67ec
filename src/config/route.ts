import { domainToASCII } from 'node:url'
import type { Http } from '../contract/http.js'
import type { Route } from '../contract/service.js'

const DOMAIN_PATTERN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/
const PATH_PATTERN = /^(\/[A-Za-z0-9._~-]+)*\/$/

/** What a parsed route, or its problem, looks like to the schema. */
export type ParsedRoute = Route | { problem: string }

/** Reads a route; `strip` and `server` as the config gives them. */
export function parseRoute(
  text: string,
  options: {
    strip?: boolean | undefined
    server?: Route['server'] | undefined
    redirectFrom?: string[] | undefined
    http?: Http | undefined
  } = {},
): ParsedRoute {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    if (/^https?:\/\/./i.test(text)) return { problem: `"${text}" is no valid URL` }
    const guess = /^[\w.-]+\.[a-z]{2,}(\/|$)/i.test(text) ? `; did you mean "https://${text}"?` : ''
    return { problem: `"${text}" is not a URL that starts with http:// or https://${guess}` }
  }
  if (url.port !== '') return { problem: `"${text}" names a port; nginx serves routes on ports 80 and 443` }
  if (url.search || url.hash || url.username || url.password) {
    return { problem: `"${text}" must be a domain and a path only, without user, query or fragment` }
  }
  if (!DOMAIN_PATTERN.test(url.hostname.replace(/^\*\.(?=.)/, ''))) {
    return { problem: `"${url.hostname}" is not a domain name nginx could match` }
  }
  if (/^\*\.[^.]+$/.test(url.hostname)) {
    return {
      problem: `"${url.hostname}" would be every domain of a top-level one: name one, as *.example.com`,
    }
  }
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`
  if (!PATH_PATTERN.test(path) || /\/\.\.?\//.test(path)) {
    return { problem: `the path "${path}" may hold letters, digits and . _ ~ - between its slashes` }
  }
  // As domains of URLs are read: international ones in ASCII (RFC 5891), empty for what is none.
  const redirectFrom = (options.redirectFrom ?? []).map((domain) =>
    /[\s/?#@:\\*]/.test(domain) ? '' : domainToASCII(domain),
  )
  const wrong = redirectFrom.findIndex((domain) => !DOMAIN_PATTERN.test(domain) || domain === url.hostname)
  if (wrong !== -1) {
    return {
      problem: `"${options.redirectFrom?.[wrong]}" is not another domain that could be redirected from`,
    }
  }
  if (redirectFrom.length > 0 && url.hostname.startsWith('*')) {
    return { problem: `${url.hostname} is no one domain that others could be redirected to` }
  }
  if (redirectFrom.length > 0 && options.server === 'existing') {
    return {
      problem: `${url.hostname} is served by somebody else's nginx server: redirects to it are theirs, too`,
    }
  }
  return {
    url: text,
    scheme: url.protocol === 'https:' ? 'https' : 'http',
    domain: url.hostname,
    path,
    strip: options.strip ?? true,
    server: options.server ?? 'slipway',
    ...(redirectFrom.length > 0 && { redirectFrom }),
    ...(options.http !== undefined && { http: options.http }),
  }
}

/** What two routes have in common when they can't both be served. */
export function routeKey(route: Route): string {
  return `${route.domain}${route.path}`
}
