import { currentMark, holdMark, maintenanceMark } from '../contract/paths.js'
import type { Program, Route } from '../contract/service.js'
import { block, HSTS } from './nginx-block.js'
import { type Proxied, upstreamName } from './nginx-upstreams.js'
import { renderOwnPages } from './own-pages.js'
import { routeProbes } from './route-probe.js'

/** Uploads larger than nginx's own 1 MiB are usual; a limit stays, since nginx buffers them on disk. */
const MAX_BODY = '64m'
/** How long an upstream may stay silent: long enough for WebSockets and event streams with a heartbeat. */
const READ_TIMEOUT = '5m'

/** What leads to a service, by domain: for a `server` block, with location blocks. */
export function renderProxyLocations(proxied: Proxied, service: Program): Record<string, string> {
  const byDomain = groupByDomain(service.routes, (route) => proxyLocation(proxied, service, route))
  for (const [domain, locations] of Object.entries(byDomain)) {
    byDomain[domain] = lookForMaintenance(service.name) + locations + renderOwnPages(service.name)
  }
  return byDomain
}

/** Whatever else has nginx remember which files there are: a switch counts from the next request on. */
const LOOK_ANEW = 'open_file_cache off;'

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
  const probe = routeProbes({ ...service, routes: [route] })[0]
  // A health path that is the route's own is what is closed.
  const path = probe?.path.replace(/\?.*/, '')
  const open = probe && !probe.any && path !== undefined && path !== route.path
  const excepted = open ? `(?!${escapeRegex(path)}(\\?|$))` : ''
  return [`if (${closedVariable(service.name)} ~ "^${excepted}.") { return 503; }`]
}

/** What a static site's locations need to know. */
export interface SiteFiles {
  /** The folder that is served. */
  root: string
  /** The page for what is not there, relative to the root. */
  notFound: string
}

/** Location blocks that serve files, by domain. */
export function renderSiteLocations(files: SiteFiles, routes: readonly Route[]): Record<string, string> {
  return groupByDomain(routes, (route) => siteLocation(files, route))
}

function groupByDomain(routes: readonly Route[], render: (route: Route) => string): Record<string, string> {
  const result: Record<string, string> = {}
  for (const route of routes) result[route.domain] = (result[route.domain] ?? '') + render(route)
  return result
}

function proxyLocation(proxied: Proxied, service: Program, route: Route): string {
  const prefix = route.path.slice(0, -1)
  const stripped = route.strip && prefix !== ''
  const lines = [
    ...unlessClosed(service, route),
    ...chooseUpstream(proxied),
    ...(stripped ? stripPrefix(escapeRegex(prefix)) : []),
    `proxy_pass http://$slipway_upstream${stripped ? '$slipway_uri' : ''};`,
    `error_page 502 504 @slipway_down_${service.name};`,
    `error_page 503 @slipway_closed_${service.name};`,
    // What the config says of an https route is true in front of whatever ends TLS for it.
    ...proxySettings(route.scheme === 'https' ? 'https' : '$scheme', stripped ? prefix : ''),
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

/**
 * Sets `$slipway_uri` to what follows a prefix, a regular expression. It is taken from the request line by a named
 * capture (nginx escapes $1 again), so that encoded characters reach the service as they were sent.
 */
export function stripPrefix(prefix: string): string[] {
  return [
    'set $slipway_uri $request_uri;',
    `if ($request_uri ~ "^${prefix}(?<slipway_rest>/.*)$") { set $slipway_uri $slipway_rest; }`,
  ]
}

/** How requests are handed on, wherever to. */
export function proxySettings(scheme: string, prefix: string): string[] {
  return [
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Host $http_host;',
    `proxy_set_header X-Forwarded-Proto ${scheme};`,
    `proxy_set_header X-Forwarded-Prefix "${prefix}";`,
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $slipway_connection;',
    `proxy_read_timeout ${READ_TIMEOUT};`,
    `client_max_body_size ${MAX_BODY};`,
  ]
}

function siteLocation({ root, notFound }: SiteFiles, route: Route): string {
  const lines = [
    LOOK_ANEW,
    route.path === '/' ? `root ${root};` : `alias ${root}/;`,
    ...siteSettings(`${route.path}${notFound}`),
    HSTS,
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

/** How files are served, wherever they are. */
export function siteSettings(notFound: string): string[] {
  return [
    'index index.html;',
    `error_page 404 ${notFound};`,
    'charset utf-8;',
    'gzip on;',
    'gzip_types text/css text/plain text/xml application/javascript application/json application/xml image/svg+xml;',
    'etag off;',
    'add_header Last-Modified "";',
    'if_modified_since off;',
    'add_header ETag $slipway_etag;',
    'add_header Cache-Control $slipway_cache_control;',
    'add_header X-Content-Type-Options nosniff;',
    'if ($http_if_none_match = $slipway_etag) { return 304; }',
    // So nginx names what it has compressed (RFC 9110, 8.8.1).
    'if ($http_if_none_match = "W/$slipway_etag") { return 304; }',
  ]
}

/** `/forum` leads to `/forum/`, also behind something that ends TLS. */
function withSlash(route: Route): string {
  if (route.path === '/') return ''
  const exact = route.path.slice(0, -1)
  return block(`location = ${exact}`, slashSettings(route.path))
}

/** What sends a prefix without its slash to the path with it. */
export function slashSettings(path: string): string[] {
  return ['absolute_redirect off;', `return 301 ${path}$is_args$args;`]
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
