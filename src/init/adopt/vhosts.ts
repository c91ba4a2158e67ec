import type { Adopts } from '../../contract/activation.js'
import type { ServerSurvey } from '../../contract/survey.js'
import { NGINX_ROOT } from '../../release/nginx-http.js'
import { found, type Sourced } from '../detect/provenance.js'
import type { Where } from '../detect/tree.js'
import { isAcme, isRedirectToTls, redirectsOf } from './redirects.js'
import { isTls, namesOf, PLAIN_DOMAIN } from './servers.js'

/** The server blocks of some names that belong together, and which only one service is served by. */
export interface Vhost {
  /** The names that they serve. */
  names: string[]
  /** Names that only lead to one of these. */
  redirects: { from: string; to: string }[]
  /** All that leads to the service, for each name. */
  routes: Sourced<{ url: string; strip: boolean }>[]
  servers: NonNullable<Adopts['servers']>
  /** What they are served with, by name. */
  certificates: Sourced<NonNullable<Adopts['certificates']>[number]>[]
  /** Why the blocks can't give way whole: one sentence each. */
  hindrances: string[]
}

/** A place in a server block that serves the service. */
export interface Place {
  at: Where
  path: string
  strip: boolean
}

/** Directives of a server block that slipway's own says, or that only help. */
const SAID_ANYWAY =
  /^(listen|server_name|http2|ssl_(certificate|certificate_key|protocols|ciphers|prefer_server_ciphers|session_\w+|dhparam|ecdh_curve|conf_command|stapling\w*|trusted_certificate|buffer_size)|access_log|error_log|log_not_found|root|index|server_tokens|gzip\w*|keepalive_\w+|(client_header|client_body|send)_timeout|proxy_(set_header|http_version|redirect|read_timeout|send_timeout|connect_timeout))$/
/** Includes that say no more than that. */
const SAID_BY_INCLUDE = /(^|\/)(options-ssl-nginx|ssl-params|proxy_params|proxy_headers|proxy)(\.conf)?$/
/** Addresses that slipway's blocks listen on, too. */
const ANY_ADDRESS = /^((\*|0\.0\.0\.0|\[::\]):)?(80|443)$/
/** Words of `listen` that change nothing for who asks. */
const PLAIN_LISTEN = /^(ssl|http2|reuseport|deferred|ipv6only=\w+|backlog=\d+|fastopen=\d+|so_keepalive=\S+)$/
/** A path as nginx's configuration and ours can both have it. */
const PLAIN_PATH = /^(\/[\w@+-][\w.@+-]*)+$/
/** The largest body that routes take without a word, in bytes. */
const MAX_BODY_BYTES = 64 * 1024 * 1024

/** The server blocks in which a service has places, with all others of the same names. Pure. */
export function vhostsOf(servers: readonly ServerSurvey[], places: readonly Place[]): Vhost[] {
  const left = servers.filter((server) => placesIn(server, places).length > 0)
  const vhosts: Vhost[] = []
  while (left[0] !== undefined) {
    const group = withSameNames(left[0], servers)
    vhosts.push(vhostOf(group, places))
    for (const server of group) if (left.includes(server)) left.splice(left.indexOf(server), 1)
  }
  return vhosts
}

function placesIn({ file, line, blocks, directives }: ServerSurvey, places: readonly Place[]): Place[] {
  const lines = new Set([line, ...blocks.map((one) => one.line), ...directives.map((one) => one.line)])
  return places.filter(({ at }) => at.file === file && lines.has(at.line))
}

/** A block with those that share a name with it, and those that lead all of theirs to one. */
function withSameNames(first: ServerSurvey, servers: readonly ServerSurvey[]): ServerSurvey[] {
  const group = new Set([first])
  const names = new Set(namesOf(first))
  for (let before = 0; before !== group.size; ) {
    before = group.size
    for (const server of servers) {
      const own = namesOf(server)
      const leads = (redirectsOf(server) ?? []).some(({ from, to }) => from !== to && names.has(to))
      if (group.has(server) || !(leads || own.some((name) => names.has(name)))) continue
      group.add(server)
      for (const name of own) names.add(name)
    }
  }
  return servers.filter((server) => group.has(server))
}

function vhostOf(group: readonly ServerSurvey[], places: readonly Place[]): Vhost {
  const serving = group.filter((server) => placesIn(server, places).length > 0)
  const names = [...new Set(serving.flatMap(namesOf))]
  const secure = new Set(group.filter(isTls).flatMap(namesOf))
  const routes = new Map<string, Vhost['routes'][number]>()
  for (const server of serving) {
    for (const name of namesOf(server)) {
      for (const { at, path, strip } of placesIn(server, places)) {
        const url = `${secure.has(name) ? 'https' : 'http'}://${name}${path}`
        if (!routes.has(url) || isTls(server)) routes.set(url, found({ value: { url, strip }, at }))
      }
    }
  }
  const redirects = group
    .flatMap((server) => (serving.includes(server) ? [] : (redirectsOf(server) ?? [])))
    .filter(({ from, to }) => from !== to)
  const certificates = group.filter(isTls).flatMap(certificatesOf)
  return {
    ...{ names, routes: [...routes.values()] },
    redirects: [...new Map(redirects.map((one) => [one.from, one])).values()],
    servers: group.map(({ file, line, digest }) => ({ file, line, digest })),
    certificates: [...new Map(certificates.map((one) => [one.value.domain, one])).values()],
    hindrances: [
      ...group.flatMap((server) =>
        serving.includes(server)
          ? lostOfServing(server, placesIn(server, places))
          : lostOfRedirect(server, names, secure),
      ),
      ...group.flatMap(lostOfAny),
    ],
  }
}

/** What a block says beside the places of the service. */
function lostOfServing(server: ServerSurvey, places: readonly Place[]): string[] {
  const { file, directives, blocks } = server
  const own = new Set(places.map(({ at }) => at.line))
  const root = directives.find(({ name }) => name === 'root')
  const hasAll = places.some(({ path }) => path === '/')
  return [
    ...blocks
      .filter((one) => !own.has(one.line) && !isAcme(one) && !isRedirectToTls(one))
      .map((one) => `\`${[one.name, ...one.args].join(' ')}\` (${file}:${one.line}) is not of this service`),
    ...(root !== undefined && !hasAll
      ? [`it serves files of ${root.args[0]} beside it (${file}:${root.line})`]
      : []),
    ...directives.filter(({ name }) => name === 'return' || name === 'rewrite').map((one) => lost(one, file)),
  ]
}

/** What a block that serves nothing says, if it does not only lead to one that does. */
function lostOfRedirect(
  server: ServerSurvey,
  names: readonly string[],
  secure: ReadonlySet<string>,
): string[] {
  const where = `${server.file}:${server.line}`
  const leads = redirectsOf(server)
  if (leads === undefined) return [`another server block has its name (${where})`]
  return leads.flatMap(({ from, to }) => {
    if (from === to) return secure.has(from) ? [] : [`${from} leads to itself (${where})`]
    if (names.includes(from)) return [`${from} is served, and leads to ${to} as well (${where})`]
    return names.includes(to) ? [] : [`${from} leads to ${to} (${where})`]
  })
}

function lostOfAny(server: ServerSurvey): string[] {
  const { file, line, directives, blocks } = server
  const odd = directives
    .filter(({ name }) => name === 'server_name')
    .flatMap(({ args }) => args.filter((name) => !PLAIN_DOMAIN.test(name.toLowerCase())))
  return [
    ...(isTls(server) && certificatesOf(server).length === 0
      ? [
          `it has not one pair of a certificate and a key, in the block itself and by plain paths (${file}:${line})`,
        ]
      : []),
    ...odd.map((name) => `a route can't have its name ${name} (${file}:${line})`),
    ...directives
      .filter(isListenOfItsOwn)
      .map((one) => `\`${textOf(one)}\` (${file}:${one.line}) would be lost`),
    ...directives.filter((one) => !isSaid(one) && one.name !== 'return').map((one) => lost(one, file)),
    ...blocks
      .filter(({ name }) => name !== 'location' && name !== 'if')
      .map((one) => `\`${[one.name, ...one.args].join(' ')}\` (${file}:${one.line}) would be lost`),
  ]
}

type Named = Pick<ServerSurvey['directives'][number], 'name' | 'args' | 'line'>

function isSaid({ name, args }: Named): boolean {
  if (name === 'include') return SAID_BY_INCLUDE.test(args[0] ?? '')
  if (name === 'client_max_body_size') return bytesOf(args[0] ?? '') <= MAX_BODY_BYTES
  return SAID_ANYWAY.test(name)
}

/** nginx's sizes: `512`, `8k`, `4M`, `1g`. Zero is without an end. */
function bytesOf(text: string): number {
  const [, digits = '0', unit = ''] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
  const bytes = Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
  return bytes === 0 ? Number.POSITIVE_INFINITY : bytes
}

function isListenOfItsOwn({ name, args: [place = '', ...words] }: Named): boolean {
  return name === 'listen' && (!ANY_ADDRESS.test(place) || words.some((word) => !PLAIN_LISTEN.test(word)))
}

function lost(one: Named, file: string): string {
  if (one.name === 'include' && one.args[0]?.startsWith(`${NGINX_ROOT}/`)) {
    return `other services have routes in it by server: 'existing' (${file}:${one.line})`
  }
  return `\`${textOf(one)}\` (${file}:${one.line}) would be lost: say it in \`http\` of the route, see docs/routes.md, and take it out`
}

function textOf({ name, args }: Pick<Named, 'name' | 'args'>): string {
  return [name, ...args].join(' ')
}

function certificatesOf(server: ServerSurvey): Vhost['certificates'] {
  const of = (name: string) => server.directives.filter((one) => one.name === name)
  const [certificate, ...others] = of('ssl_certificate')
  const [key] = of('ssl_certificate_key')
  const [path, keyPath] = [certificate?.args[0] ?? '', key?.args[0] ?? '']
  // Of two, for two kinds of keys, ours has one.
  if (certificate === undefined || others.length > 0 || ![path, keyPath].every((one) => PLAIN_PATH.test(one)))
    return []
  const at = { file: server.file, line: certificate.line }
  return namesOf(server)
    .filter((domain) => PLAIN_DOMAIN.test(domain))
    .map((domain) => found({ value: { domain, certificate: path, key: keyPath }, at }))
}
