import type { Cache, Config, Service, Site, System } from './types.js'

/** Types a `slipway.config.ts`; returns it as it is. */
export function defineConfig(config: Config): Config {
  return config
}

/** Several whole configs of one project, by the name that `--env` takes: docs/environments.md. */
export interface Environments {
  environments: Record<string, Config>
}

/** Types a `slipway.config.ts` with environments, such as staging and production; returns them as plain data. */
export function defineEnvironments(environments: Record<string, Config>): Environments {
  return { environments }
}

/** A program that listens, or a background worker: plain data for `services`. */
export function service(options: Omit<Service, 'kind'>): Service {
  return { kind: 'service', ...options }
}

/** Static files: plain data for `services`. */
export function site(options: Omit<Site, 'kind'>): Site {
  return { kind: 'site', ...options }
}

/** A binary cache of your own, on one of the hosts: plain data for `caches`. */
export function cache(options: Omit<Cache, 'kind'>): Cache {
  return { kind: 'cache', ...options }
}

/** A whole NixOS system, or another Nix profile that activates itself: plain data for `systems`. */
export function system(options: Omit<System, 'kind'>): System {
  return { kind: 'system', ...options }
}
