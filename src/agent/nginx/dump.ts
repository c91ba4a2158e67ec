import { dirname, resolve } from 'node:path'
import { NGINX_ROOT } from '../../release/nginx-http.js'

/** What nginx's whole configuration says that concerns us, as `nginx -T` prints it. */
export interface NginxDump {
  /** Its files, without ours. */
  files: string[]
  /** The folders in which a new file would be read too. */
  folders: string[]
  /** Whom its workers run as; undefined: it doesn't say. */
  user: string | undefined
  group: string | undefined
  /** Whether it includes what is ours. */
  includesOurs: boolean
  /** The domains whose foreign server blocks include our locations. */
  domains: string[]
  /** Whether the size of the hash of servers' names is set. */
  namesHash: boolean
  /** The file with the server that answers on port 80 where no name fits; undefined: none says that it does. */
  defaultServer: string | undefined
  /** Whether a module for brotli is loaded. */
  brotli: boolean
}

const HTTP_PORT = '80'

/** Reads what `nginx -T` prints: each file under a line that names it. */
export function readDump(text: string): NginxDump {
  const [, ...parts] = text.split(/^# configuration file (.*):$/m)
  const files = parts.flatMap((path, index) =>
    index % 2 === 0 ? [{ path, text: parts[index + 1] ?? '' }] : [],
  )
  const foreign = files.filter(({ path }) => !path.startsWith(`${NGINX_ROOT}/`))
  const main = foreign[0]
  const base = dirname(main?.path ?? '/')
  const lines = withoutComments(foreign.map((file) => file.text).join('\n'))
  const included = [...lines.matchAll(/\binclude\s+["']?([^\s;"']+)["']?\s*;/g)].flatMap(([, at]) => at ?? [])
  const head = withoutComments(main?.text ?? '').split(/^\s*http\b/m, 1)[0] ?? ''
  const [, user, group] =
    /^\s*user\s+["']?([^\s;"']+)["']?(?:\s+["']?([^\s;"']+)["']?)?\s*;/m.exec(head) ?? []
  const domains = included.flatMap((path) => domainOf(path) ?? [])
  return {
    files: foreign.map(({ path }) => path),
    folders: [
      ...new Set([
        ...foreign.map(({ path }) => dirname(path)),
        ...included
          .filter((path) => !path.startsWith(`${NGINX_ROOT}/`))
          .map((path) => folderOf(resolve(base, path))),
      ]),
    ],
    user,
    group,
    includesOurs: included.includes(`${NGINX_ROOT}/http.conf`),
    domains: [...new Set(domains)].sort(),
    namesHash: /^\s*server_names_hash_bucket_size\s/m.test(lines),
    defaultServer: foreign.find((file) => isDefaultServer(withoutComments(file.text)))?.path,
    brotli: /^\s*load_module\s[^;]*brotli/m.test(lines),
  }
}

/** Whether a text has `listen … default_server` for port 80, with an address or without. */
function isDefaultServer(text: string): boolean {
  const listens = text.matchAll(/\blisten\s+([^\s;]+)\s[^;]*\bdefault(?:_server)?\b/g)
  return [...listens].some(([, place]) => portOf(place ?? '') === HTTP_PORT)
}

/** The port of `80`, `*:80`, `[::]:80`, or an address alone. */
function portOf(place: string): string | undefined {
  if (place.startsWith('unix:')) return undefined
  if (/^\d+$/.test(place)) return place
  return /:(\d+)$/.exec(place.replace(/^\[.*\]/, ''))?.[1] ?? HTTP_PORT
}

function withoutComments(text: string): string {
  return text.replace(/(^|[\s;{}])#.*$/gm, '$1')
}

function domainOf(path: string): string | undefined {
  const locations = `${NGINX_ROOT}/locations/`
  return path.startsWith(locations) ? path.slice(locations.length).split('/')[0] : undefined
}

/** The folder of a pattern: up to where it could mean several. */
function folderOf(pattern: string): string {
  const [fixed = ''] = pattern.split(/[*?[]/, 1)
  return dirname(`${fixed}x`)
}
