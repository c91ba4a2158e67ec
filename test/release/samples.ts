import assert from 'node:assert/strict'
import { resolveConfig } from '../../src/config/resolve.js'
import type { AppConfig, ServiceConfig, SiteConfig } from '../../src/config/resolved.js'
import { type Service, type Site, service, site } from '../../src/index.js'
import type { Ingredients } from '../../src/release/compose.js'

export const PACKAGE = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-app-1.0'

/** The service `web` of a config, with some fields of its own. */
export function app(fields: Partial<Service> = {}): AppConfig {
  const web = resolvedWeb(service({ package: '.#app', ...fields }))
  assert.ok(web.kind === 'service')
  return web
}

/** The site `web` of a config, with some fields of its own. */
export function staticSite(fields: Partial<Site> = {}): SiteConfig {
  const web = resolvedWeb(site({ package: '.#app', routes: ['https://example.com'], ...fields }))
  assert.ok(web.kind === 'site')
  return web
}

function resolvedWeb(web: Service | Site): ServiceConfig {
  const input = { hosts: { nixie: 'root@nixie' }, services: { web } }
  const [only] = resolveConfig(input, { file: 'slipway.config.ts', root: '/project' }).services
  assert.ok(only)
  return only
}

/** What a release of {@link app} is made of, beside the config. */
export function ingredients(given: Partial<Ingredients> = {}): Ingredients {
  return {
    package: PACKAGE,
    program: 'app',
    closure: [
      { path: '/nix/store/00000000000000000000000000000000-libc', bytes: 3000 },
      { path: PACKAGE, bytes: 200 },
    ],
    commit: { id: '0123456789ab', dirty: false },
    by: 'ann@laptop',
    assets: null,
    ports: undefined,
    systemd: 252,
    nginxGroup: 'www-data',
    ...given,
  }
}
