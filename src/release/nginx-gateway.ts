import type { Http } from '../contract/http.js'
import type { Gateway } from '../contract/service.js'
import { CLEARED } from './nginx-forwarded.js'
import { limitLines } from './nginx-limits.js'
import { escapeRegex } from './nginx-prefix.js'

/**
 * How nginx hands requests on by the protocols that grew out of CGI (RFC 3875): uWSGI's and FastCGI. A request is
 * variables, in which headers of clients have names that begin with `HTTP_`.
 */

/** What nginx itself knows of a request, of which no client speaks: the variables of RFC 3875, 4.1, and usual ones. */
const OF_THE_REQUEST: Readonly<Record<string, string>> = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  SERVER_SOFTWARE: 'nginx',
  SERVER_PROTOCOL: '$server_protocol',
  SERVER_NAME: '$host',
  SERVER_ADDR: '$server_addr',
  SERVER_PORT: '$server_port',
  REMOTE_ADDR: '$remote_addr',
  REMOTE_PORT: '$remote_port',
  REQUEST_METHOD: '$request_method',
  REQUEST_URI: '$request_uri',
  QUERY_STRING: '$query_string',
  CONTENT_TYPE: '$content_type',
  CONTENT_LENGTH: '$content_length',
  // The path as nginx has read it, without the prefix: see RFC 3875, 4.1.5.
  PATH_INFO: '$uri',
  DOCUMENT_URI: '$uri',
}

/** Of one connection: nginx takes requests apart before it hands them on, and there are no WebSockets. */
const OF_THE_CONNECTION = ['Connection', 'Keep-Alive', 'TE', 'Transfer-Encoding', 'Upgrade', 'Expect']

/**
 * Where a request leads. Programs may read the path in `REQUEST_URI`, as it was sent: where nginx has read another one,
 * with parts such as `..`, the request is refused. Browsers send none.
 */
export function gatewayPath({ protocol }: Gateway, prefix: string): string[] {
  return [
    'if ($slipway_dots) { return 400; }',
    ...(prefix === '' ? [] : [`rewrite "(?s)^${escapeRegex(prefix)}(/.*)$" $1 break;`]),
    `${protocol}_pass $slipway_upstream;`,
  ]
}

/** How requests are handed on. `prefix`: what is cut from their path. */
export function gatewaySettings(
  { protocol, params }: Gateway,
  scheme: string,
  prefix: string,
  http: Http,
): string[] {
  const given: Record<string, string> = {
    ...OF_THE_REQUEST,
    SCRIPT_NAME: prefix,
    REQUEST_SCHEME: scheme,
    HTTPS: scheme === 'https' ? 'on' : '$https',
    HTTP_HOST: '$host$slipway_port',
    HTTP_X_REAL_IP: '$remote_addr',
    HTTP_X_FORWARDED_FOR: '$remote_addr',
    HTTP_X_FORWARDED_HOST: '$host$slipway_port',
    HTTP_X_FORWARDED_PROTO: scheme,
    HTTP_X_FORWARDED_PREFIX: prefix,
    ...params,
  }
  // The password is nginx's to know.
  const cleared = [...CLEARED, ...OF_THE_CONNECTION, ...(http.basicAuth ? ['Authorization'] : [])]
    .map((name) => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`)
    .filter((name) => !Object.hasOwn(given, name))
  return [
    'absolute_redirect off;',
    ...Object.entries(given).map(([name, value]) => `${protocol}_param ${name} "${value}"${optional(name)};`),
    // With an empty value they are left out, and so is what a client says there.
    ...cleared.map((name) => `${protocol}_param ${name} "" if_not_empty;`),
    ...limitLines(protocol, http),
  ]
}

/** Programs take them for true when they are there, whatever they say. */
function optional(name: string): string {
  return ['HTTPS', 'HTTP_X_FORWARDED_PREFIX'].includes(name) ? ' if_not_empty' : ''
}
