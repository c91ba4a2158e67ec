import type { Route } from '../config/route.js'
import type { Endpoint } from './listen.js'

/** Idle connections nginx keeps open to a service per worker; without them throughput falls to a third. */
const UPSTREAM_KEEPALIVE = 32
/** Uploads larger than nginx's own 1 MiB are usual; a limit stays, since nginx buffers them on disk. */
const MAX_BODY = '64m'
/** How long an upstream may stay silent: long enough for WebSockets and event streams with a heartbeat. */
const READ_TIMEOUT = '5m'

/** What nginx calls the service. */
export function upstreamName(service: string): string {
  return `slipway_${service}`
}

/** The `upstream` block, for nginx's `http` context. */
export function renderUpstream(service: string, endpoint: Endpoint): string {
  const server = 'tcp' in endpoint ? `127.0.0.1:${endpoint.tcp}` : `unix:${endpoint.unix}`
  return block(`upstream ${upstreamName(service)}`, [`server ${server};`, `keepalive ${UPSTREAM_KEEPALIVE};`])
}

/** Location blocks that lead to a service, by domain. */
export function renderProxyLocations(service: string, routes: readonly Route[]): Record<string, string> {
  return byDomain(routes, (route) => proxyLocation(service, route))
}

/** What a static site's locations need to know. */
export interface SiteFiles {
  /** The folder that is served. */
  root: string
  /** The page for what is not there, relative to the root. */
  notFound: string
  /** Changes whenever the content may have: files in the Nix store all carry the same date. */
  etag: string
}

/** Location blocks that serve files, by domain. */
export function renderSiteLocations(files: SiteFiles, routes: readonly Route[]): Record<string, string> {
  return byDomain(routes, (route) => siteLocation(files, route))
}

function byDomain(routes: readonly Route[], render: (route: Route) => string): Record<string, string> {
  const result: Record<string, string> = {}
  for (const route of routes) result[route.domain] = (result[route.domain] ?? '') + render(route)
  return result
}

function proxyLocation(service: string, route: Route): string {
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
    ...rewrite,
    `proxy_pass http://${upstreamName(service)}${stripped ? '$slipway_uri' : ''};`,
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

function siteLocation({ root, notFound, etag }: SiteFiles, route: Route): string {
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
    `add_header ETag '"${etag}"';`,
    'add_header Cache-Control $slipway_cache_control;',
    'add_header X-Content-Type-Options nosniff;',
    `if ($http_if_none_match = '"${etag}"') { return 304; }`,
  ]
  return withSlash(route) + block(`location ${route.path}`, lines)
}

/** `/forum` leads to `/forum/`, also behind something that ends TLS. */
function withSlash(route: Route): string {
  if (route.path === '/') return ''
  const exact = route.path.slice(0, -1)
  return block(`location = ${exact}`, ['absolute_redirect off;', `return 301 ${route.path}$is_args$args;`])
}

function block(head: string, lines: string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
