import assert from 'node:assert/strict'
import { resolveConfig } from '../../src/config/resolve.js'
import type { ProgramConfig, ServiceConfig, SiteConfig } from '../../src/config/resolved.js'
import type { Manifest } from '../../src/contract/release.js'
import { type Service, type Site, service, site } from '../../src/index.js'
import { type Ingredients, manifestOf } from '../../src/plan/manifest.js'
import { type Rendered, renderRelease } from '../../src/release/render.js'
import type { HostFeatures } from '../../src/release/units.js'

export const PACKAGE = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-app-1.0'

/** The service `web` of a config, with some fields of its own. */
export function app(fields: Partial<Service> = {}): ProgramConfig {
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
    commit: { id: '0123456789ab', dirty: false },
    project: 'me/shop',
    by: 'ann@laptop',
    assets: null,
    ports: undefined,
    ...given,
  }
}

/** What a host has that units depend on. */
export const FEATURES: HostFeatures = { systemd: 252, nginxGroup: 'www-data' }

/** A release of a service: its data, and what a host makes of it. */
export function released(
  service: ServiceConfig,
  given: Partial<Ingredients> = {},
  features: Partial<HostFeatures> = {},
): Rendered & { manifest: Manifest } {
  const manifest = manifestOf(service, ingredients(given))
  return { manifest, ...renderRelease(manifest, { ...FEATURES, ...features }) }
}
