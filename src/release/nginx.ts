import type { AppConfig } from '../config/resolved.js'
import type { Route } from '../config/route.js'
import { canaryDir, currentMark, holdMark, maintenanceMark, queuePath } from './host-paths.js'
import { type Endpoint, type Endpoints, SLOTS } from './listen.js'
import { block } from './nginx-block.js'
import { renderOwnPages } from './own-pages.js'
import { routeProbes } from './route-probe.js'

/** Idle connections nginx keeps open to a service per worker; without them throughput falls to a third. */
const UPSTREAM_KEEPALIVE = 32
/** Uploads larger than nginx's own 1 MiB are usual; a limit stays, since nginx buffers them on disk. */
const MAX_BODY = '64m'
/** How long an upstream may stay silent: long enough for WebSockets and event streams with a heartbeat. */
const READ_TIMEOUT = '5m'

/** How long an idle connection to a service stays open: a slot is free to stop when they are gone. */
const UPSTREAM_IDLE = '1s'

/** What nginx calls the instance of a service in a slot. */
export function upstreamName(service: string, slot: string): string {
  return `slipway_${service}_${slot}`
}

function queueName(service: string, slot: string): string {
  return upstreamName(service, `queue_${slot}`)
}

/** How nginx reaches a service. */
export interface Proxied {
  service: string
  endpoints: Endpoints
  /** Whether a hard-coded port has room for one instance only: requests then wait while it is replaced. */
  queued: boolean
}

/**
 * The `upstream` blocks, for nginx's `http` context. Each slot's has the other for a spare, for a request that
 * chose its slot just before a switch and connects long after it, such as a slow upload.
 */
export function renderUpstreams({ service, endpoints, queued }: Proxied): string {
  if (queued) {
    const queues = SLOTS.map((slot) => upstream(queueName(service, slot), { unix: queuePath(service, slot) }))
    return upstream(upstreamName(service, 'blue'), endpoints.blue) + queues.join('')
  }
  return (
    upstream(upstreamName(service, 'blue'), endpoints.blue, endpoints.green) +
    upstream(upstreamName(service, 'green'), endpoints.green, endpoints.blue)
  )
}

function upstream(name: string, first: Endpoint, spare?: Endpoint): string {
  // A server that refused one connection must be asked again with the next: it may just have started.
  return block(`upstream ${name}`, [
    `server ${serverOf(first)} max_fails=0;`,
    ...(spare ? [`server ${serverOf(spare)} max_fails=0 backup;`] : []),
    `keepalive ${UPSTREAM_KEEPALIVE};`,
    `keepalive_timeout ${UPSTREAM_IDLE};`,
  ])
}

function serverOf(endpoint: Endpoint): string {
  return 'tcp' in endpoint ? `127.0.0.1:${endpoint.tcp}` : `unix:${endpoint.unix}`
}

/** Location blocks that lead to a service, by domain. */
export function renderProxyLocations(proxied: Proxied, app: AppConfig): Record<string, string> {
  const byDomain = groupByDomain(app.routes, (route) => proxyLocation(proxied, app, route))
  for (const domain of Object.keys(byDomain)) byDomain[domain] += renderOwnPages(proxied.service)
  return byDomain
}

/** Which upstream takes a request: decided anew with each, by the existence of files. */
function chooseUpstream({ service, queued }: Proxied): string[] {
  const choose = (mark: string, name: string) => `if (-e ${mark}) { set $slipway_upstream ${name}; }`
  const first = `set $slipway_upstream ${upstreamName(service, 'blue')};`
  if (queued)
    return [first, ...SLOTS.map((slot) => choose(holdMark(service, slot), queueName(service, slot)))]
  return [
    first,
    choose(currentMark(service, 'green'), upstreamName(service, 'green')),
    ...SLOTS.map((slot) => choose(`${canaryDir(service, slot)}/$slipway_die`, upstreamName(service, slot))),
  ]
}

/** While a service is closed for maintenance, only its health may be asked. */
function unlessClosed(app: AppConfig, route: Route): string[] {
  const probe = routeProbes({ ...app, routes: [route] })[0]
  // A health path that is the route's own is what is closed.
  const path = probe?.path.replace(/\?.*/, '')
  const asked = probe && !probe.any && path !== undefined && path !== route.path ? [path] : []
  return [
    "set $slipway_closed '';",
    `if (-e ${maintenanceMark(app.name)}) { set $slipway_closed yes; }`,
    ...asked.map((one) => `if ($request_uri ~ "^${escapeRegex(one)}(\\?|$)") { set $slipway_closed ''; }`),
    'if ($slipway_closed) { return 503; }',
  ]
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

function proxyLocation(proxied: Proxied, app: AppConfig, route: Route): string {
  const prefix = route.path.slice(0, -1)
  const stripped = route.strip && prefix !== ''
  // Taken from the request line by a named capture (nginx escapes $1 again), so that encoded
  // characters reach the service as they were sent.
  const rewrite = stripped
    ? [
        'set $slipway_uri $request_uri;',
        `if ($request_uri ~ "^${escapeRegex(prefix)}(?<slipway_rest>/.*)$") { set $slipway_uri $slipway_rest; }`,
      ]
    : []
  const lines = [
    ...unlessClosed(app, route),
    ...chooseUpstream(proxied),
    ...rewrite,
    `proxy_pass http://$slipway_upstream${stripped ? '$slipway_uri' : ''};`,
    `error_page 502 504 @slipway_down_${app.name};`,
    `error_page 503 @slipway_closed_${app.name};`,
    'proxy_http_version 1.1;',
    'proxy_set_header Host $http_host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Host $http_host;',
    // What the config says of an https route is true in front of whatever ends TLS for it.
    `proxy_set_header X-Forwarded-Proto ${route.scheme === 'https' ? 'https' : '$scheme'};`,
    `proxy_set_header X-Forwarded-Prefix "${stripped ? prefix : ''}";`,
    'proxy_set_header Upgrade $http_upgrade;',
    'proxy_set_header Connection $slipway_connection;',
    `proxy_read_timeout ${READ_TIMEOUT};`,
    `client_max_body_size ${MAX_BODY};`,
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

function siteLocation({ root, notFound }: SiteFiles, route: Route): string {
  const lines = [
    route.path === '/' ? `root ${root};` : `alias ${root}/;`,
    'index index.html;',
    `error_page 404 ${route.path}${notFound};`,
    'charset utf-8;',
    'gzip on;',
    'gzip_types text/css text/plain text/xml application/javascript application/json application/xml image/svg+xml;',
    'etag off;',
    'add_header Last-Modified "";',
    'if_modified_since off;',
    'add_header ETag $slipway_etag;',
    'add_header Cache-Control $slipway_cache_control;',
    'add_header X-Content-Type-Options nosniff;',
    // Where a location adds headers, those of its server are lost to it. Without a value it is left out.
    'add_header Strict-Transport-Security $slipway_hsts always;',
    'if ($http_if_none_match = $slipway_etag) { return 304; }',
    // So nginx names what it has compressed (RFC 9110, 8.8.1).
    'if ($http_if_none_match = "W/$slipway_etag") { return 304; }',
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

/** `/forum` leads to `/forum/`, also behind something that ends TLS. */
function withSlash(route: Route): string {
  if (route.path === '/') return ''
  const exact = route.path.slice(0, -1)
  return block(`location = ${exact}`, ['absolute_redirect off;', `return 301 ${route.path}$is_args$args;`])
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
