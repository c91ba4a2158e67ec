import type { Service, Tls } from '../contract/service.js'

/** Every domain of services that nginx ends TLS for, with how it gets its certificate. */
export function tlsDomains(services: readonly Service[]): Map<string, Tls> {
  return new Map(services.flatMap(({ routes }) => routes.flatMap(({ tls }) => Object.entries(tls ?? {}))))
}

/** The programs that a host needs for the certificates of services. */
export function tlsPrograms(services: readonly Service[]): ('openssl' | 'lego')[] {
  const sources = [...tlsDomains(services).values()].map(({ from }) => from)
  return [
    ...(sources.length > 0 ? (['openssl'] as const) : []),
    ...(sources.includes('acme') ? (['lego'] as const) : []),
  ]
}
