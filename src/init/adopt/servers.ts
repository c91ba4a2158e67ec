import type { DirectiveSurvey, ServerSurvey, Survey } from '../../contract/survey.js'
import type { Where } from '../detect/tree.js'

/** A place of nginx's configuration that leads to a port of this host. */
export interface Leading {
  url: string
  domain: string
  strip: boolean
  port: number
  at: Where
  /** The directive, as it would be taken over. */
  text: string
  hindrances: string[]
}

/** What is served from files. */
export interface Served {
  url: string
  domain: string
  root: string
  at: Where
  text: string
  fallback: string | undefined
  hindrances: string[]
}

/** What nginx's server blocks come to. */
export interface Serving {
  leading: Leading[]
  served: Served[]
  /** What of it is nobody's who is understood. */
  left: { what: string; why: string }[]
}

/** Directives of a location that a service's own locations say, or that only help. */
const SAID_ANYWAY =
  /^(proxy_pass|proxy_set_header|proxy_http_version|proxy_redirect|proxy_read_timeout|proxy_send_timeout|proxy_connect_timeout|access_log|error_log|log_not_found)$/
/** Includes that say no more than that. */
const SAID_BY_INCLUDE = /(^|\/)(proxy_params|proxy\.conf|proxy_headers\.conf)$/
/** Directives of a location that serves files. */
const OF_FILES = /^(try_files|index|root|alias|autoindex|access_log|error_log|expires|log_not_found)$/
/** How nginx hands requests to what does not speak HTTP. */
const OTHER_PASS = /^(fastcgi_pass|uwsgi_pass|scgi_pass|grpc_pass|memcached_pass)$/
/** Where certbot proves itself. */
export const ACME = '/.well-known/acme-challenge'
/** Names that a route can have. */
export const PLAIN_DOMAIN = /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/
/** Paths that a route can have: see routeSchema of the contract. */
const ROUTE_PATH = /^(\/(?!\.\.?\/)[A-Za-z0-9._~-]+)*\/$/

/** Pure. */
export function readServers({ servers, upstreams }: Pick<Survey, 'servers' | 'upstreams'>): Serving {
  const serving: Serving = { leading: [], served: [], left: [] }
  for (const server of servers) readServer(server, upstreams, serving)
  return serving
}

function readServer(server: ServerSurvey, upstreams: Survey['upstreams'], serving: Serving): void {
  const name = namesOf(server).find((one) => PLAIN_DOMAIN.test(one))
  const scheme = isTls(server) ? 'https' : 'http'
  const locations = server.blocks.filter(
    (one) => one.name === 'location' && !one.args.join(' ').includes(ACME),
  )
  for (const block of locations) {
    const at = { file: server.file, line: block.line }
    const shown = `location ${block.args.join(' ')} (${at.file}:${at.line})`
    const other = block.directives.find((one) => OTHER_PASS.test(one.name))
    if (other !== undefined) {
      const what =
        other.name === 'fastcgi_pass' ? 'FastCGI, such as a pool of PHP-FPM' : other.name.replace('_pass', '')
      serving.left.push({
        what: shown,
        why: `${other.args[0]} speaks ${what}: routes lead to what speaks HTTP`,
      })
      continue
    }
    const pass = block.directives.find((one) => one.name === 'proxy_pass')
    if (pass === undefined) continue
    const target = targetOf(pass.args[0] ?? '', upstreams)
    if ('why' in target) serving.left.push({ what: shown, why: target.why })
    else if (name === undefined) {
      serving.left.push({
        what: shown,
        why: 'its server has no name that a URL could have, so it stays as it is',
      })
    } else {
      const { path, strip, problem } = routeOf(block.args, target.uri)
      serving.leading.push({
        url: `${scheme}://${name}${path}`,
        ...{ domain: name, strip, port: target.port, at, text: ['location', ...block.args].join(' ') },
        hindrances: [
          ...(problem === undefined ? [] : [`${shown}: ${problem}`]),
          ...block.directives.filter(isUnknown).map((one) => lost(one, at.file)),
        ],
      })
    }
  }
  readFiles(server, locations, { name, scheme }, serving)
}

/** A server that serves files alone. */
function readFiles(
  server: ServerSurvey,
  locations: ServerSurvey['blocks'],
  { name, scheme }: { name: string | undefined; scheme: string },
  { served, left }: Serving,
): void {
  const isPassed = ({ directives }: { directives: readonly DirectiveSurvey[] }) =>
    directives.some((one) => one.name === 'proxy_pass' || OTHER_PASS.test(one.name))
  const root = server.directives.find((one) => one.name === 'root')
  const main = locations.find(({ args }) => args.join(' ') === '/')
  const folder = main?.directives.find((one) => one.name === 'root') ?? root
  if (folder === undefined || locations.some(isPassed) || returnsAll(server)) return
  const at = { file: server.file, line: main?.line ?? folder.line }
  if (name === undefined) {
    left.push({
      what: `${folder.args[0]} (${at.file}:${folder.line})`,
      why: 'it is served under no name of its own',
    })
    return
  }
  const tryFiles = main?.directives.find((one) => one.name === 'try_files')?.args.at(-1)
  served.push({
    url: `${scheme}://${name}/`,
    ...{ domain: name, root: folder.args[0] ?? '', at },
    text: main === undefined ? ['root', ...folder.args].join(' ') : 'location /',
    fallback: tryFiles?.startsWith('/') ? tryFiles.slice(1) : undefined,
    hindrances: [
      ...locations
        .filter((one) => one !== main)
        .map((one) => `location ${one.args.join(' ')} (${server.file}:${one.line}) is not of the site alone`),
      ...(main?.directives ?? [])
        .filter((one) => !OF_FILES.test(one.name))
        .map((one) => lost(one, server.file)),
    ],
  })
}

function returnsAll({ directives, blocks }: ServerSurvey): boolean {
  return directives.some(({ name }) => name === 'return') && !blocks.some(({ name }) => name === 'location')
}

function isUnknown({ name, args }: DirectiveSurvey): boolean {
  if (name === 'include') return !SAID_BY_INCLUDE.test(args[0] ?? '')
  return !SAID_ANYWAY.test(name)
}

function lost({ name, args, line }: DirectiveSurvey, file: string): string {
  return `\`${[name, ...args].join(' ')}\` (${file}:${line}) would be lost: say it in \`http\` of the route, see docs/routes.md, or move it out of the location`
}

/** The names of a server block, as it has them. */
export function namesOf({ directives }: ServerSurvey): string[] {
  return directives
    .filter(({ name }) => name === 'server_name')
    .flatMap(({ args }) => args.map((one) => one.toLowerCase()))
}

/** Whether a server block ends TLS. */
export function isTls({ directives }: ServerSurvey): boolean {
  return directives.some(
    ({ name, args }) => name === 'listen' && (args.includes('ssl') || /(^|:)443$/.test(args[0] ?? '')),
  )
}

/** Where `proxy_pass` leads: ngx_http_proxy_module. */
function targetOf(
  url: string,
  upstreams: Survey['upstreams'],
): { port: number; uri: string | undefined } | { why: string } {
  if (url.includes('$'))
    return { why: `\`proxy_pass ${url}\` has a variable: where it leads is known with each request alone` }
  const [, scheme, host = '', port, uri] =
    /^(https?):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?(\/.*)?$/.exec(url) ?? []
  if (scheme === undefined) return { why: `\`proxy_pass ${url}\` leads to no port of this host` }
  const upstream = upstreams.find(({ name }) => name === host)
  if (upstream !== undefined) {
    const [only, ...others] = upstream.servers
    if (only === undefined || others.length > 0) {
      return { why: `the upstream ${host} (${upstream.file}:${upstream.line}) has several servers` }
    }
    const inner = targetOf(`${scheme}://${only.split(' ')[0]}`, [])
    return 'why' in inner ? inner : { ...inner, uri }
  }
  if (scheme === 'https') return { why: `\`proxy_pass ${url}\` speaks TLS to the program` }
  if (!/^(127\.\d+\.\d+\.\d+|localhost|\[::1?\]|0\.0\.0\.0)$/.test(host)) {
    return { why: `\`proxy_pass ${url}\` leads to another host` }
  }
  return { port: Number(port ?? 80), uri }
}

/** What a location is as a route. */
function routeOf(
  args: readonly string[],
  uri: string | undefined,
): { path: string; strip: boolean; problem?: string } {
  const [modifier, given] = args.length > 1 ? args : ['', args[0]]
  const path = given === undefined || given.endsWith('/') ? (given ?? '/') : `${given}/`
  if ((modifier !== '' && modifier !== '^~') || !ROUTE_PATH.test(path)) {
    return {
      path: '/',
      strip: true,
      problem: 'a route has a path that begins alike, no pattern and no single path',
    }
  }
  if (uri === undefined) return { path, strip: path === '/' }
  if (uri === '/' && given?.endsWith('/')) return { path, strip: true }
  return {
    path,
    strip: true,
    problem: `it leads to ${uri} of the program: a route keeps the path, or cuts it off whole`,
  }
}
