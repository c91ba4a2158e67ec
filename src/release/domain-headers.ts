import type { Route } from '../contract/service.js'

/**
 * Headers by which one answer speaks for a whole domain, or origin: HTTPS alone (RFC 6797), another server (RFC 7838),
 * what a browser keeps (Clear-Site-Data), who answers in its place (Service Workers), where it reports errors (NEL).
 */
export const DOMAIN_HEADERS = [
  'Strict-Transport-Security',
  'Alt-Svc',
  'Clear-Site-Data',
  'Service-Worker-Allowed',
  'NEL',
] as const

export function isDomainHeader(name: string): boolean {
  return DOMAIN_HEADERS.some((one) => one.toLowerCase() === name.toLowerCase())
}

/** Whether a service has `/` of a domain, and so speaks for all of it. */
export function holdsDomain(routes: readonly Route[], domain: string): boolean {
  return routes.some((route) => route.domain === domain && route.path === '/')
}
