import type { Http } from '../contract/http.js'
import { currentMark, holdMark, maintenanceMark } from '../contract/paths.js'
import type { Program, Route } from '../contract/service.js'
import { DOMAIN_HEADERS, holdsDomain } from './domain-headers.js'
import { block } from './nginx-block.js'
import { forwarded } from './nginx-forwarded.js'
import { groupByDomain, LOOK_ANEW, withSlash } from './nginx-location.js'
import { escapeRegex, RESOLVE_DOTS, restorePrefix, stripPrefix } from './nginx-prefix.js'
import { accessLines, COMPRESS, headerLines, redirectLines } from './nginx-route.js'
import { type Proxied, upstreamName } from './nginx-upstreams.js'
import { renderOwnPages } from './own-pages.js'
import { healthPath } from './route-probe.js'

/** Uploads larger than nginx's own 1 MiB are usual; a limit stays, since nginx buffers them on disk. */
const MAX_BODY_BYTES = 64 * 1024 ** 2
/** What nginx keeps on the disk of an answer that a client takes slowly; its own limit, 1 GiB, is for few clients. */
const MAX_WAITING_BYTES = 64 * 1024 ** 2
/** Frameworks that keep sessions in cookies, or name all they preload, send 16 KiB; nginx's own limit is 4 or 8. */
const MAX_HEAD_BYTES = 32 * 1024
/** How long a program may stay silent: long enough for WebSockets and event streams with a heartbeat. */
const TIMEOUT_MS = 300_000
/** nginx's buffers for the rest of an answer, each. */
const BUFFER_BYTES = 8192

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
  const stripped = route.strip && prefix !== ''
  const { http = {} } = route
  const lines = [
    ...unlessClosed(service, route),
    ...accessLines(route, service.name, index),
    ...redirectLines(route),
    ...chooseUpstream(proxied),
    ...(stripped
      ? [
          ...restorePrefix(prefix, escapeRegex(prefix.slice(1)), domainRegex(route.domain)),
          ...stripPrefix(escapeRegex(prefix)),
        ]
      : [RESOLVE_DOTS]),
    `proxy_pass http://$slipway_upstream${stripped ? '$slipway_uri' : ''};`,
    `error_page 502 504 @slipway_down_${service.name};`,
    `error_page 503 @slipway_closed_${service.name};`,
    // What the config says of an https route is true in front of whatever ends TLS for it.
    ...proxySettings(route.scheme === 'https' ? 'https' : '$scheme', stripped ? prefix : '', http),
    ...hidden(service, route).map((name) => `proxy_hide_header ${name};`),
    ...headerLines(http),
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
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

/** How requests are handed on, wherever to. */
export function proxySettings(scheme: string, prefix: string, http: Http = {}): string[] {
  const {
    maxBodyBytes = MAX_BODY_BYTES,
    maxHeadBytes = MAX_HEAD_BYTES,
    timeoutMs = TIMEOUT_MS,
    bufferRequests = true,
    bufferResponses = true,
    accelRedirect = false,
    compress = false,
  } = http
  return [
    'absolute_redirect off;',
    'proxy_http_version 1.1;',
    ...forwarded(scheme, prefix),
    // The password is nginx's to know.
    ...(http.basicAuth ? ['proxy_set_header Authorization "";'] : []),
    // They would lead past what a location asks for, and to files; X-Accel-Buffering, of event streams, stays.
    ...(accelRedirect
      ? []
      : ['proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Charset;']),
    `proxy_read_timeout ${timeoutMs}ms;`,
    `proxy_send_timeout ${timeoutMs}ms;`,
    `client_max_body_size ${maxBodyBytes};`,
    ...headBuffers(maxHeadBytes),
    `proxy_max_temp_file_size ${MAX_WAITING_BYTES};`,
    ...(bufferRequests ? [] : ['proxy_request_buffering off;']),
    ...(bufferResponses ? [] : ['proxy_buffering off;']),
    ...(compress ? [COMPRESS] : []),
  ]
}

/** An answer's head has to fit into one buffer; the others need to be more than the part of them that may be sent. */
function headBuffers(bytes: number): string[] {
  const others = Math.max(8, Math.ceil(bytes / BUFFER_BYTES) + 2)
  return [
    `proxy_buffer_size ${bytes};`,
    `proxy_buffers ${others} ${BUFFER_BYTES};`,
    `proxy_busy_buffers_size ${Math.max(bytes, 2 * BUFFER_BYTES)};`,
  ]
}
