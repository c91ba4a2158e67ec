import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SlipwayError } from '../errors.js'
import { PACKAGE_ROOT } from '../package-root.js'
import { bundleHash } from '../wire/bundle-hash.js'

/** The agent of this version of slipway: one file. */
export interface AgentBundle {
  path: string
  bytes: Buffer
  /** What tells it from others. */
  hash: string
}

let cached: AgentBundle | undefined

/**
 * Reads it when it is first asked for.
 * @throws SlipwayError in a checkout that was not compiled.
 */
export function agentBundle(): AgentBundle {
  cached ??= readBundle(join(PACKAGE_ROOT, 'dist/agent.cjs'))
  return cached
}

function readBundle(path: string): AgentBundle {
  try {
    const bytes = readFileSync(path)
    return { path, bytes, hash: bundleHash(bytes) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new SlipwayError({
      what: `slipway's agent is missing: there is no ${path}`,
      next: 'Compile slipway: npm run build',
    })
  }
}
