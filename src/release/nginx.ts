import type { Http } from '../contract/http.js'
import { currentMark, holdMark, maintenanceMark } from '../contract/paths.js'
import type { Program, Route } from '../contract/service.js'
import { DOMAIN_HEADERS, holdsDomain } from './domain-headers.js'
import { block } from './nginx-block.js'
import { forwarded } from './nginx-forwarded.js'
import { gatewayPath, gatewaySettings } from './nginx-gateway.js'
import { limitLines } from './nginx-limits.js'
import { groupByDomain, LOOK_ANEW, withSlash } from './nginx-location.js'
import { escapeRegex, RESOLVE_DOTS, restorePrefix, stripPrefix } from './nginx-prefix.js'
import { accessLines, headerLines, redirectLines } from './nginx-route.js'
import { type Proxied, upstreamName } from './nginx-upstreams.js'
import { renderOwnPages } from './own-pages.js'
import { healthPath } from './route-probe.js'

/** What leads to a service, by domain: for a `server` block, with location blocks. */
export function renderProxyLocations(proxied: Proxied, service: Program): Record<string, string> {
  const byDomain = groupByDomain(service.routes, (route, index) =>
    proxyLocation(proxied, service, route, index),
  )
  for (const [domain, locations] of Object.entries(byDomain)) {
    byDomain[domain] = lookForMaintenance(service.name) + locations + renderOwnPages(service.name)
  }
  return byDomain
}

/**
 * Which upstream takes a request: decided anew with each, by the existence of one file. Looking for a file is most
 * of what these routes cost.
 */
function chooseUpstream({ service, queued }: Proxied): string[] {
  const [mark, name] = queued
    ? [holdMark(service), 'queue']
    : [`${currentMark(service, 'green')}/$slipway_die`, 'green']
  return [
    LOOK_ANEW,
    `set $slipway_upstream ${upstreamName(service, 'blue')};`,
    `if (-e ${mark}) { set $slipway_upstream ${upstreamName(service, name)}; }`,
  ]
}

/** Holds what is asked of a service, while it is closed for maintenance. */
const closedVariable = (service: string) => `$slipway_closed_${service.replaceAll('-', '_')}`

/**
 * Not looked for with each request: a `server` block of ours lets nginx remember for a second whether the mark is
 * there, its locations don't.
 */
function lookForMaintenance(service: string): string {
  const closed = closedVariable(service)
  return `set ${closed} '';\nif (-e ${maintenanceMark(service)}) { set ${closed} $request_uri; }\n`
}

/** While a service is closed for maintenance, only its health may be asked. */
function unlessClosed(service: Program, route: Route): string[] {
  const path = healthPath(service.health.path, route)?.replace(/\?.*/, '')
  // A health path that is the route's own is what is closed.
  const open = path !== undefined && path !== route.path
  const excepted = open ? `(?!${escapeRegex(path)}(\\?|$))` : ''
  return [`if (${closedVariable(service.name)} ~ "^${excepted}.") { return 503; }`]
}

function proxyLocation(proxied: Proxied, service: Program, route: Route, index: number): string {
  const prefix = route.path.slice(0, -1)
  const handedOn = route.strip ? prefix : ''
  // What the config says of an https route is true in front of whatever ends TLS for it.
  const scheme = route.scheme === 'https' ? 'https' : '$scheme'
  const { http = {} } = route
  const lines = [
    ...unlessClosed(service, route),
    ...accessLines(route, service.name, index),
    ...redirectLines(route),
    ...chooseUpstream(proxied),
    ...(service.gateway ? gatewayPath(service.gateway, handedOn) : proxyPath(route, handedOn)),
    `error_page 502 504 @slipway_down_${service.name};`,
    `error_page 503 @slipway_closed_${service.name};`,
    ...(service.gateway
      ? gatewaySettings(service.gateway, scheme, handedOn, http)
      : proxySettings(scheme, handedOn, http)),
    ...hidden(service, route).map((name) => `${service.gateway?.protocol ?? 'proxy'}_hide_header ${name};`),
    ...headerLines(http),
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

/** Where a request leads by HTTP. `prefix`: what is cut from its path. */
function proxyPath({ domain }: Route, prefix: string): string[] {
  if (prefix === '') return [RESOLVE_DOTS, 'proxy_pass http://$slipway_upstream;']
  return [
    ...restorePrefix(prefix, escapeRegex(prefix.slice(1)), domainRegex(domain)),
    ...stripPrefix(escapeRegex(prefix)),
    'proxy_pass http://$slipway_upstream$slipway_uri;',
  ]
}

/** Headers that are not the program's to send: the config has others, or they are about more than its part of a domain. */
function hidden({ routes }: Program, { domain, http = {} }: Route): string[] {
  const others = holdsDomain(routes, domain) ? [] : DOMAIN_HEADERS
  return [...new Set([...others, ...Object.keys(http.headers ?? {})])]
}

/** Any domain that a route's own stands for. */
function domainRegex(domain: string): string {
  return domain.startsWith('*.') ? `[^/:]+${escapeRegex(domain.slice(1))}` : escapeRegex(domain)
}

/** How requests are handed on by HTTP, wherever to. */
export function proxySettings(scheme: string, prefix: string, http: Http = {}): string[] {
  return [
    'absolute_redirect off;',
    'proxy_http_version 1.1;',
    ...forwarded(scheme, prefix),
    // The password is nginx's to know.
    ...(http.basicAuth ? ['proxy_set_header Authorization "";'] : []),
    ...limitLines('proxy', http),
  ]
}
