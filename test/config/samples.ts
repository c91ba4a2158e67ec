import assert from 'node:assert/strict'
import { resolveConfig } from '../../src/config/resolve.js'
import type { Config } from '../../src/config/resolved.js'
import { ExitCode, SlipwayError, service, site } from '../../src/index.js'

/** Where the configs of these tests pretend to lie. */
export const SOURCE = { file: 'slipway.config.ts', root: '/project' }

/** A config of one host and one service, `web`, with some fields of their own. */
export function withService(fields: object): unknown {
  return { hosts: { nixie: 'root@nixie' }, services: { web: service({ package: '.#web', ...fields }) } }
}

/** A config of one host and one site, `blog`, with some fields of its own. */
export function withSite(fields: object): unknown {
  const blog = site({ package: '.#blog', routes: ['https://blog.example'], ...fields })
  return { hosts: { nixie: 'root@nixie' }, services: { blog } }
}

/** The config that an input resolves to. */
export function resolved(input: unknown): Config {
  return resolveConfig(input, SOURCE)
}

/** The lines of the error that an input is refused with. */
export function problems(input: unknown): string[] {
  try {
    resolved(input)
  } catch (error) {
    assert.ok(error instanceof SlipwayError, String(error))
    assert.equal(error.code, ExitCode.usage)
    return (error.parts.why ?? '').split('\n').map((line) => line.trim())
  }
  assert.fail('the config was accepted')
}
