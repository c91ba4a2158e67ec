import type { ConfigInput, ServiceInput, SiteInput } from './schema.js'

/** Types a `slipway.config.ts`; returns it as it is. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}

/** A program that listens, or a background worker: plain data for `services`. */
export function service(options: Omit<ServiceInput, 'kind'>): ServiceInput {
  return { kind: 'service', ...options }
}

/** Static files: plain data for `services`. */
export function site(options: Omit<SiteInput, 'kind'>): SiteInput {
  return { kind: 'site', ...options }
}
