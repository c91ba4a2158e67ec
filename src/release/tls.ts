import { domainsOf } from '../config/resolve-certificates.js'
import type { ServiceConfig } from '../config/resolved.js'
import type { Route } from '../config/route.js'
import type { Tls } from '../config/tls.js'

/**
 * What the host is told of the domains whose server blocks are ours, by path in nginx's folder of a release:
 * `domains/DOMAIN` exists for each; `tls/DOMAIN/SERVICE` says how it gets its certificate;
 * `redirects/DOMAIN/SERVICE` where it leads, if it is only redirected.
 */
export function domainFiles(service: string, routes: readonly Route[]): Record<string, string> {
  const files: Record<string, string> = {}
  for (const route of routes.filter(({ server }) => server === 'slipway')) {
    for (const domain of domainsOf(route)) {
      files[`domains/${domain}`] = ''
      const tls = route.tls?.[domain]
      if (tls) files[`tls/${domain}/${service}`] = renderTls(tls)
      if (domain !== route.domain) {
        files[`redirects/${domain}/${service}`] = `${route.scheme}://${route.domain}\n`
      }
    }
  }
  return files
}

/** `key=value` lines, as `load_tls` of the host's program reads them. */
function renderTls(tls: Tls): string {
  const lines = [`from=${tls.from}`, `hsts=${tls.hstsSeconds}`, ...sourceLines(tls)]
  return `${lines.join('\n')}\n`
}

function sourceLines(tls: Tls): string[] {
  switch (tls.from) {
    case 'local':
      return []
    case 'files':
      return [`certificate=${tls.certificate}`, `key=${tls.key}`]
    case 'acme': {
      const { server, email, challenge } = tls
      return [
        `server=${server}`,
        `email=${email ?? ''}`,
        ...(challenge === 'http'
          ? ['challenge=http']
          : [
              'challenge=dns',
              `provider=${challenge.dns}`,
              `propagation=${challenge.propagation ? 'yes' : 'no'}`,
            ]),
      ]
    }
  }
}

/** Every domain of services that nginx ends TLS for, with how it gets its certificate. */
export function tlsDomains(services: readonly ServiceConfig[]): Map<string, Tls> {
  return new Map(services.flatMap(({ routes }) => routes.flatMap(({ tls }) => Object.entries(tls ?? {}))))
}

/** The programs that a host needs for the certificates of services. */
export function tlsPrograms(services: readonly ServiceConfig[]): ('openssl' | 'lego')[] {
  const sources = [...tlsDomains(services).values()].map(({ from }) => from)
  return [
    ...(sources.length > 0 ? (['openssl'] as const) : []),
    ...(sources.includes('acme') ? (['lego'] as const) : []),
  ]
}
