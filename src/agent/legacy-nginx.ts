import type { Tls } from '../contract/service.js'
import type { NginxPart } from '../release/nginx-part.js'
import { byOwnership } from '../release/owners.js'

/**
 * nginx's part of a release that the shell program of 0.1 made: the texts of its folder `nginx/`, by path in it.
 * `domains/DOMAIN` exists for each domain of ours, `tls/DOMAIN/SERVICE` has lines `key=value`,
 * `redirects/DOMAIN/SERVICE` the URL that a domain leads to.
 */
export function legacyPart(files: Record<string, string>): NginxPart {
  const part: NginxPart = { files: {}, domains: {} }
  const served = (domain: string) => {
    part.domains[domain] ??= { tls: null, path: shortestPath(files, domain), redirectTo: null }
    return part.domains[domain]
  }
  for (const [path, text] of Object.entries(files)) {
    const [kind, name = ''] = path.split('/')
    if (kind === 'locations' || kind === 'upstreams') part.files[path] = text
    else if (kind === 'domains') served(name)
    else if (kind === 'tls') served(name).tls = legacyTls(path, text)
    else if (kind === 'redirects') served(name).redirectTo = text.trim()
  }
  return part
}

/** The shortest path that its locations have on a domain; all of one that is only redirected. */
function shortestPath(files: Record<string, string>, domain: string): string {
  const texts = Object.entries(files).filter(([path]) => path.startsWith(`locations/${domain}/`))
  const paths = texts.flatMap(([, text]) =>
    [...text.matchAll(/^location (\/\S*) \{/gm)].map(([, path = '/']) => ({ path })),
  )
  return paths.sort(byOwnership)[0]?.path ?? '/'
}

function legacyTls(path: string, text: string): Tls {
  const lines = new Map(text.split('\n').map((line) => splitOnce(line, '=')))
  const value = (key: string) => lines.get(key) ?? ''
  const hstsSeconds = Number(value('hsts'))
  switch (value('from')) {
    case 'local':
      return { from: 'local', hstsSeconds }
    case 'files':
      return { from: 'files', hstsSeconds, certificate: value('certificate'), key: value('key') }
    case 'acme':
      return {
        from: 'acme',
        hstsSeconds,
        server: value('server'),
        ...(value('email') !== '' && { email: value('email') }),
        challenge:
          value('challenge') === 'dns'
            ? { dns: value('provider'), propagation: value('propagation') === 'yes' }
            : 'http',
      }
    default:
      throw new Error(`${path}: certificates do not come from "${value('from')}"`)
  }
}

/** The two sides of the first separator; nothing after it where there is none. */
export function splitOnce(line: string, separator: string): [string, string] {
  const index = line.indexOf(separator)
  return index === -1 ? [line, ''] : [line.slice(0, index), line.slice(index + separator.length)]
}
