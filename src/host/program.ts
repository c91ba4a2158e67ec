import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PACKAGE_ROOT } from '../package-root.js'
import { HOST_ROOT } from '../release/host-paths.js'

/** The parts of the host's program, in the order in which they are put together. */
const PARTS = [
  'base',
  'lock',
  'nginx',
  'tls',
  'certificates',
  'units',
  'health',
  'releases',
  'secrets',
  'slots',
  'hooks',
  'canary',
  'guard',
  'checks',
  'service',
  'system',
  'escalate',
  'apply',
  'report',
  'operate',
  'setup',
  'main',
] as const

/** `slipway-host`: one POSIX shell program, uploaded to a host when its content differs. */
export interface HostProgram {
  text: string
  /** Where it lies on the host: the name holds its hash, so versions never mix. */
  path: string
}

let cached: HostProgram | undefined

/** The program of this version of slipway. */
export function hostProgram(): HostProgram {
  if (cached) return cached
  const parts = PARTS.map((name) => readFileSync(join(PACKAGE_ROOT, 'host', `${name}.sh`), 'utf8'))
  const text = `#!/bin/sh\nset -eu\numask 022\n\n${parts.join('\n')}`
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  cached = { text, path: `${HOST_ROOT}/host/slipway-host-${hash}` }
  return cached
}
