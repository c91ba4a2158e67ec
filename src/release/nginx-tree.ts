import { domainFolder } from '../contract/paths.js'
import type { Tls } from '../contract/service.js'
import { compression } from './nginx-compress.js'
import { renderHttp } from './nginx-http.js'
import type { NginxPart } from './nginx-part.js'
import { type NginxHost, renderDefault, renderServer, type ServedDomain } from './nginx-server.js'
import { withoutIpv6 } from './nginx-upstreams.js'
import { byOwnership } from './owners.js'

/** The parts that releases have in nginx's configuration, by service. */
export type NginxParts = ReadonlyMap<string, NginxPart>

/** Texts of a folder of nginx's, by path in it. */
export type NginxTree = Record<string, string>

/** All that nginx includes of ours, for the releases of a host. Pure: the same input gives the same text. */
export function renderNginxTree(parts: NginxParts, host: NginxHost): NginxTree {
  const tree: NginxTree = {
    'http.conf': renderHttp(host),
    'compress.conf': compression(host)
      .map((line) => `${line}\n`)
      .join(''),
  }
  for (const part of byName(parts)) {
    for (const [path, text] of Object.entries(part.files)) tree[path] = host.ipv6 ? text : withoutIpv6(text)
  }
  const domains = servedDomains(parts)
  const withTls = new Set(domains.filter(({ tls }) => tls !== null).map(({ domain }) => domain))
  for (const served of domains) {
    const redirectTo = served.redirectTo && answering(served.redirectTo, withTls, host)
    tree[`servers/${domainFolder(served.domain)}.conf`] = renderServer({ ...served, redirectTo }, host)
  }
  const secure = domains.some(({ domain, tls }) => tls !== null && host.certificates.has(domain))
  if (domains.length > 0) tree['default.conf'] = renderDefault(secure, host)
  return tree
}

/** The domains whose server blocks are ours, by name, each with what services say of it together. */
export function servedDomains(parts: NginxParts): ServedDomain[] {
  const found = new Map<string, ServedDomain>()
  /** Folders of domains that have locations. */
  const routed = new Set<string>()
  const said = byName(parts).flatMap(({ files, domains }) => {
    for (const path of Object.keys(files)) {
      const folder = /^locations\/([^/]+)\//.exec(path)?.[1]
      if (folder !== undefined) routed.add(folder)
    }
    return Object.entries(domains).map(([domain, one]) => ({ domain, ...one }))
  })
  // What the owner of a domain says of it holds for all who share it.
  for (const { domain, tls, redirectTo } of said.sort(byOwnership)) {
    const known = found.get(domain)
    found.set(domain, {
      domain,
      tls: known?.tls ?? tls,
      redirectTo: known?.redirectTo ?? redirectTo,
    })
  }
  return [...found.values()]
    .sort((one, other) => (one.domain < other.domain ? -1 : 1))
    .map((served) => (routed.has(domainFolder(served.domain)) ? { ...served, redirectTo: null } : served))
}

/** How each domain that nginx ends TLS for gets its certificate, by domain. */
export function tlsOf(parts: NginxParts): Map<string, Tls> {
  return new Map(servedDomains(parts).flatMap(({ domain, tls }) => (tls === null ? [] : [[domain, tls]])))
}

function byName(parts: NginxParts): NginxPart[] {
  return [...parts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, part]) => part)
}

/** Nobody is sent to where nothing answers yet. */
function answering(target: string, withTls: ReadonlySet<string>, { certificates }: NginxHost): string {
  const domain = target.replace(/^[a-z]+:\/\//, '')
  return withTls.has(domain) && !certificates.has(domain) ? `http://${domain}` : target
}
