import type { Http } from '../contract/http.js'
import { currentDir } from '../contract/paths.js'
import type { Route } from '../contract/service.js'
import { HSTS } from './nginx-block.js'
import { NGINX_ROOT } from './nginx-http.js'

/** What a route may have of its own, whatever it leads to. Each becomes lines of its location, so it is nobody else's. */

/** Room for the addresses of some 8000 clients that are counted at the same time, with 64-bit pointers. */
const RATE_ZONE_SIZE = '1m'

/** What is compressed where a route asks for it: the host says how. */
export const COMPRESS = `include ${NGINX_ROOT}/compress.conf;`

/** Text as one word of nginx's: the contract has no `$` and no `\` in it. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '\\"')}"`
}

/** The folder of a release with what nginx checks passwords by. */
export const PASSWORDS = 'passwords'

/** Who may ask, and how often. */
export function accessLines({ http = {} }: Route, service: string, index: number): string[] {
  const { basicAuth, trustedProxies = [], deny = [], allow = [], rateLimit } = http
  return [
    ...trustedProxies.map((address) => `set_real_ip_from ${address};`),
    ...(trustedProxies.length > 0 ? ['real_ip_header X-Forwarded-For;', 'real_ip_recursive on;'] : []),
    ...deny.map((address) => `deny ${address};`),
    ...allow.map((address) => `allow ${address};`),
    ...(allow.length > 0 ? ['deny all;'] : []),
    ...(basicAuth === undefined
      ? []
      : [
          `auth_basic ${quoted(basicAuth.realm)};`,
          `auth_basic_user_file ${currentDir(service)}/${PASSWORDS}/${basicAuth.secret};`,
        ]),
    ...(rateLimit === undefined
      ? []
      : [
          `limit_req zone=${zoneOf(service, index)} burst=${rateLimit.burst} nodelay;`,
          'limit_req_status 429;',
        ]),
  ]
}

/** Whether nginx itself may refuse requests of a route. */
export function isRestricted({ http = {} }: Route): boolean {
  return [http.deny, http.allow, http.basicAuth, http.rateLimit].some(
    (restriction) => restriction !== undefined,
  )
}

/** What rates are counted in, by a service's routes: for the `http` context. undefined: none is. */
export function renderZones(service: string, routes: readonly Route[]): string | undefined {
  const lines = routes.flatMap(({ http }, index) => {
    if (http?.rateLimit === undefined) return []
    const { requests, per } = http.rateLimit
    const rate = `${requests}r/${per === 'second' ? 's' : 'm'}`
    return [
      `limit_req_zone $binary_remote_addr zone=${zoneOf(service, index)}:${RATE_ZONE_SIZE} rate=${rate};\n`,
    ]
  })
  return lines.length > 0 ? lines.join('') : undefined
}

function zoneOf(service: string, index: number): string {
  return `slipway_${service}_${index}`
}

/** Paths that lead elsewhere. Compared within the location: a `location =` could take those of a longer route. */
export function redirectLines({ path, http = {} }: Route): string[] {
  return (http.redirects ?? []).map(({ from, to, status }) => {
    const target = /[?#]/.test(to) ? quoted(to) : `${quoted(to).slice(0, -1)}$is_args$args"`
    return `if ($uri = ${quoted(`${path.slice(0, -1)}${from}`)}) { return ${status} ${target}; }`
  })
}

/**
 * Headers of all answers. A location that adds one loses those of its server: so the server's is added again
 * (https://nginx.org/en/docs/http/ngx_http_headers_module.html#add_header).
 */
export function headerLines({ headers = {} }: Http): string[] {
  const added = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`add_header ${name} ${quoted(value)} always;`],
  )
  return added.length > 0 ? [...added, HSTS] : []
}
