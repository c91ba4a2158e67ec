/**
 * What a service is told of a request: only what nginx knows itself. What clients may not say is named here once, and
 * cleared: with an empty value nginx leaves a header out.
 */

/** Other words for who asks, what for and how: programs believe them, since a proxy would have set them. */
const ABOUT_THE_REQUEST = [
  'Forwarded',
  'X-Forwarded',
  'X-Forwarded-By',
  'X-Forwarded-Path',
  'X-Forwarded-Port',
  'X-Forwarded-Protocol',
  'X-Forwarded-Scheme',
  'X-Forwarded-Server',
  'X-Forwarded-Ssl',
  'X-Forwarded-Uri',
  'X-Forwarded-Url',
  'X-Scheme',
  'X-Url-Scheme',
  'Front-End-Https',
  'X-Host',
  'X-Original-Host',
  'X-Original-URI',
  'X-Original-URL',
  'X-Rewrite-URL',
  'X-Script-Name',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'X-Originating-IP',
  'X-Remote-Addr',
  'X-Remote-IP',
  'X-ProxyUser-IP',
  'Client-IP',
  'True-Client-IP',
  'CF-Connecting-IP',
  'CF-Connecting-IPv6',
  'Fastly-Client-IP',
  'Fly-Client-IP',
]

/** Who somebody is, as proxies that ask for it say. */
const WHO = [
  'Remote-User',
  'Remote-Groups',
  'Remote-Name',
  'Remote-Email',
  'X-Remote-User',
  'X-Remote-Group',
  'X-Authenticated-User',
  'X-Forwarded-User',
  'X-Forwarded-Email',
  'X-Forwarded-Groups',
  'X-Forwarded-Preferred-Username',
  'X-Forwarded-Access-Token',
  'X-Auth-Request-User',
  'X-Auth-Request-Email',
  'X-Auth-Request-Groups',
  'X-WebAuth-User',
  'X-SSL-Client-Cert',
  'X-SSL-Client-DN',
  'X-SSL-Client-Verify',
  'SSL-Client-Cert',
  'X-Forwarded-Client-Cert',
  'X-Client-Cert',
]

/** `Proxy` becomes the variable HTTP_PROXY (https://httpoxy.org); with the others Rack has a proxy read files. */
const FOR_PROXIES = ['Proxy', 'X-Sendfile-Type', 'X-Accel-Mapping']

/** Of one connection only (RFC 9110, 7.6.1), beside those that nginx knows. */
const HOP_BY_HOP = [
  'Proxy-Connection',
  'Proxy-Authorization',
  'Proxy-Authenticate',
  'Trailer',
  'HTTP2-Settings',
]

/** What no program is told in a client's words. */
export const CLEARED = [...ABOUT_THE_REQUEST, ...WHO, ...FOR_PROXIES, ...HOP_BY_HOP]

/** What nginx finds all those names by: with its defaults it complains that they have no room. */
const HEADERS_HASH = ['proxy_headers_hash_max_size 2048;', 'proxy_headers_hash_bucket_size 128;']

/** The headers that tell of a request; `prefix`: what was cut from its path. */
export function forwarded(scheme: string, prefix: string): string[] {
  return [
    'proxy_set_header Host $host$slipway_port;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Host $host$slipway_port;',
    `proxy_set_header X-Forwarded-Proto ${scheme};`,
    `proxy_set_header X-Forwarded-Prefix "${prefix}";`,
    'proxy_set_header Upgrade $slipway_upgrade;',
    'proxy_set_header Connection $slipway_connection;',
    ...CLEARED.map((name) => `proxy_set_header ${name} "";`),
    ...HEADERS_HASH,
  ]
}
