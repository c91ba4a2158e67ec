import { domainFolder, HOST_ROOT, locationsDir } from '../contract/paths.js'
import type { Tls } from '../contract/service.js'
import { block } from './nginx-block.js'
import { atLeast } from './nginx-version.js'

/** What nginx's configuration depends on, beside the releases. */
export interface NginxHost {
  /** nginx's version. */
  version: string
  /** Whether the kernel has IPv6. */
  ipv6: boolean
  /** The domains that have a certificate. */
  certificates: ReadonlySet<string>
  /** Whether somebody else's configuration sets the size of the hash of servers' names. */
  namesHash: boolean
  /** Whether nginx has the module that compresses with brotli. */
  brotli: boolean
}

/** A domain whose `server` blocks are ours. */
export interface ServedDomain {
  domain: string
  tls: Tls | null
  /** Where all of it leads; null: it has routes of its own. */
  redirectTo: string | null
}

/** Where the answers to HTTP challenges lie, and how they are asked for (RFC 8555, section 8.3). */
export const ACME_ROOT = `${HOST_ROOT}/certificates/webroot`
export const ACME_PATH = '/.well-known/acme-challenge'

/** How long nginx may take a service to be closed, or open, as before; it counts in whole seconds. */
export const MAINTENANCE_SEEN_MS = 1000

/** The first versions of nginx with `http2` as a directive of its own, and with `ssl_reject_handshake`. */
const HTTP2_DIRECTIVE = [1, 25, 1] as const
const REJECT_HANDSHAKE = [1, 19, 4] as const

/** A domain's server blocks. Until it has a certificate it is served over HTTP; then port 80 leads to 443. */
export function renderServer({ domain, tls, redirectTo }: ServedDomain, host: NginxHost): string {
  const name = `server_name ${domain};`
  const serves = redirectTo === null ? routes(domain) : [redirect(redirectTo)]
  const plain = [...listen(80, host), name]
  if (tls === null) return block('server', [...plain, ...serves])
  const challenge = `location ^~ ${ACME_PATH}/ { root ${ACME_ROOT}; default_type text/plain; open_file_cache off; }`
  if (!host.certificates.has(domain)) return block('server', [...plain, challenge, ...serves])
  const current = `${HOST_ROOT}/certificates/domains/${domainFolder(domain)}/current`
  return (
    block('server', [
      ...plain,
      challenge,
      redirect(`https://${domain.startsWith('*.') ? '$host' : domain}`),
    ]) +
    block('server', [
      ...listenTls(host),
      name,
      `ssl_certificate ${current}/fullchain.pem;`,
      `ssl_certificate_key ${current}/key.pem;`,
      ...TLS_PROFILE,
      ...(tls.hstsSeconds > 0
        ? [
            `set $slipway_hsts "max-age=${tls.hstsSeconds}";`,
            'add_header Strict-Transport-Security $slipway_hsts always;',
          ]
        : []),
      ...serves,
    ])
  )
}

/**
 * The server blocks for names that nobody serves: they get no answer, and no certificate of another. The first block of
 * an address is its default, unless somebody else's configuration has one. An old nginx takes any name for the first
 * certificate's.
 */
export function renderDefault(secure: boolean, host: NginxHost): string {
  const name = 'server_name slipway.invalid;'
  const plain = block('server', [...listen(80, host), name, 'return 444;'])
  if (!secure || !atLeast(host.version, REJECT_HANDSHAKE)) return plain
  return (
    plain +
    block('server', [...listenTls(host), name, ...TLS_PROFILE, 'ssl_reject_handshake on;', 'return 444;'])
  )
}

/**
 * Marks of maintenance are looked for once a second, not with every request. Locations that need to know at once turn
 * it off again.
 */
export const REMEMBER_FILES = [
  'open_file_cache max=100;',
  `open_file_cache_valid ${MAINTENANCE_SEEN_MS / 1000}s;`,
  'open_file_cache_errors on;',
]

/**
 * Mozilla's intermediate profile, 5.7 (https://wiki.mozilla.org/Security/Server_Side_TLS), without the ciphers that
 * need Diffie-Hellman parameters of their own; curves are OpenSSL's choice. No stapling: Let's Encrypt ended OCSP.
 */
const TLS_PROFILE = [
  'ssl_protocols TLSv1.2 TLSv1.3;',
  'ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;',
  'ssl_prefer_server_ciphers off;',
  'ssl_session_timeout 1d;',
  'ssl_session_cache shared:slipway:10m;',
  'ssl_session_tickets off;',
]

function routes(domain: string): string[] {
  return [...REMEMBER_FILES, `include ${locationsDir(domain)}/*.conf;`]
}

function redirect(target: string): string {
  return `location / { return 308 ${target}$request_uri; }`
}

function listen(port: number, { ipv6 }: NginxHost, options = ''): string[] {
  return [`listen ${port}${options};`, ...(ipv6 ? [`listen [::]:${port}${options};`] : [])]
}

function listenTls(host: NginxHost): string[] {
  return atLeast(host.version, HTTP2_DIRECTIVE)
    ? [...listen(443, host, ' ssl'), 'http2 on;']
    : listen(443, host, ' ssl http2')
}
