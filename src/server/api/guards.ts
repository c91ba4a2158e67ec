import type { Headers } from '../hooks/signature.js'

/**
 * Why a request is refused whoever sends it; undefined where it is not. A browser says where a page is from: one of
 * somebody else's site may neither write here nor read a stream, also where it has got the name of its own site to lead
 * to this address.
 */
export function crossSite(header: Headers, names: readonly string[]): string | undefined {
  const host = header('host') ?? ''
  if (!names.includes(host)) return `this server is not called ${JSON.stringify(host)}`
  const site = header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    return 'this comes from a page of another site'
  const origin = header('origin')
  if (origin === undefined) return undefined
  const own = names.some((name) => origin === `http://${name}` || origin === `https://${name}`)
  return own ? undefined : 'this comes from a page of another site'
}

/** The names by which a server at an address is asked. */
export function namesOf(host: string, port: number, others: readonly string[]): string[] {
  const written = host.includes(':') ? `[${host}]` : host
  const names = [written, 'localhost', '127.0.0.1', '[::1]']
  return [...new Set([...names.map((name) => `${name}:${port}`), ...others])]
}
