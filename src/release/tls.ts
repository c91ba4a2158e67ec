import type { Service, Tls } from '../contract/service.js'

/** Every domain of services that nginx ends TLS for, with how it gets its certificate. */
export function tlsDomains(services: readonly Service[]): Map<string, Tls> {
  return new Map(services.flatMap(({ routes }) => routes.flatMap(({ tls }) => Object.entries(tls ?? {}))))
}
