import { resolveConfig } from '../../../src/config/resolve.js'
import type { Config } from '../../../src/config/resolved.js'
import type { Service, Site } from '../../../src/index.js'

/** A config with these services. */
export function configOf(services: Record<string, Service | Site>): Config {
  const input = { hosts: { nixie: 'root@nixie' }, services }
  return resolveConfig(input, { file: 'slipway.config.ts', root: '/project' })
}
