import { domainToASCII } from 'node:url'
import { domainsOf, type Route, type Tls } from '../contract/service.js'
import { durationMs } from './duration.js'
import type { Problem } from './problems.js'
import type { Certificates, DomainCertificate } from './types.js'

/** The directories of Let's Encrypt: https://letsencrypt.org/docs/acme-protocol-updates/ and /staging-environment/. */
export const LETS_ENCRYPT = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
} as const

/** What `hsts: true` means: two years, as Mozilla's guideline has it. */
const HSTS_SECONDS = 63_072_000

/** What the config says of certificates, in its long form. */
function longForm(given: 'local' | 'none' | Certificates | undefined): Certificates {
  return typeof given === 'string' ? { from: given } : (given ?? {})
}

/**
 * How a domain that is served with HTTPS gets its certificate: what it has of its own over what all have.
 * undefined: something in front of nginx ends TLS.
 */
export function tlsOf(domain: string, given: 'local' | 'none' | Certificates | undefined): Tls | undefined {
  const { domains, ...all } = longForm(given)
  const entry = inAscii(domains)[domain] ?? {}
  const own: DomainCertificate = typeof entry === 'string' ? { from: entry } : entry
  const merged: DomainCertificate = { ...all, ...own }
  const { hsts = false } = merged
  const seconds = typeof hsts === 'string' ? Math.ceil(durationMs(hsts) / 1000) : HSTS_SECONDS
  const hstsSeconds = hsts === false ? 0 : seconds
  if (own.certificate !== undefined && own.key !== undefined) {
    return { from: 'files', certificate: own.certificate, key: own.key, hstsSeconds }
  }
  const { from = 'acme', server = 'letsencrypt', challenge = 'http', email } = merged
  if (from === 'none') return undefined
  if (from === 'local') return { from, hstsSeconds }
  return {
    from,
    server: LETS_ENCRYPT[server as keyof typeof LETS_ENCRYPT] ?? server,
    email,
    challenge:
      challenge === 'http' ? 'http' : { dns: challenge.dns, propagation: challenge.propagation ?? true },
    hstsSeconds,
  }
}

/** Single domains by their names in DNS (RFC 5891): a config may write them as people read them. */
function inAscii(domains: Certificates['domains'] = {}) {
  return Object.fromEntries(Object.entries(domains).map(([domain, entry]) => [domainToASCII(domain), entry]))
}

/** What is wrong with the certificates of a config whose routes are known. */
export function certificateProblems(
  given: 'local' | 'none' | Certificates | undefined,
  routes: readonly Route[],
): Problem[] {
  const wildcards = routes.flatMap(({ domain, tls }) => {
    const own = tls?.[domain]
    return domain.startsWith('*.') && own?.from === 'acme' && own.challenge === 'http' ? [domain] : []
  })
  const known = new Set(routes.filter(({ scheme }) => scheme === 'https').flatMap(domainsOf))
  const unproved = [...new Set(wildcards)].map((domain) => ({
    path: 'certificates',
    // RFC 8555, 7.1.3; Let's Encrypt: https://letsencrypt.org/docs/challenge-types/
    message: `a certificate for ${domain} can only be had by a DNS record`,
    suggestion: `domains: { '${domain}': { challenge: { dns: 'PROVIDER' } } }, or another \`from\``,
  }))
  const ofDomains = Object.entries(longForm(given).domains ?? {}).flatMap(([domain, entry]) => {
    const path = `certificates.domains['${domain}']`
    const problems: Problem[] = []
    if (!known.has(domainToASCII(domain)))
      problems.push({ path, message: `no https route leads to ${domain}` })
    if (typeof entry === 'string') return problems
    if ((entry.certificate === undefined) !== (entry.key === undefined)) {
      problems.push({ path, message: 'needs both `certificate` and `key`, or neither' })
    } else if (entry.certificate !== undefined && entry.from !== undefined) {
      problems.push({ path, message: 'has a `certificate` of its own: `from` has no meaning' })
    }
    return problems
  })
  return [...unproved, ...ofDomains]
}
