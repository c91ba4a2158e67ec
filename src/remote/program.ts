import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HOST_ROOT } from '../contract/paths.js'
import { PACKAGE_ROOT } from '../package-root.js'

/** The parts of the host's program, in the order in which they are put together. */
const PARTS = [
  'base',
  'lock',
  'nginx',
  'tls',
  'certificates',
  'acme',
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
  'access',
  'setup',
  'policy',
  'gate',
  'main',
] as const

/** `slipway-host`: one POSIX shell program, uploaded to a host when its content differs. */
export interface HostProgram {
  text: string
  /** What tells this version from others. */
  hash: string
  /** Where it lies on the host: the name holds its hash, so versions never mix. */
  path: string
}

let cached: HostProgram | undefined

/** The program of this version of slipway. */
export function hostProgram(): HostProgram {
  if (cached) return cached
  const part = (file: string) => readFileSync(join(PACKAGE_ROOT, 'host', file), 'utf8')
  const parts = PARTS.map((name) => part(`${name}.sh`))
  const policy = `policy_nix() {\ncat <<'END_OF_POLICY'\n${part('policy.nix')}END_OF_POLICY\n}\n`
  const text = `#!/bin/sh\nset -eu\numask 022\n\n${policy}\n${parts.join('\n')}`
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16)
  cached = { text, hash, path: `${HOST_ROOT}/host/slipway-host-${hash}` }
  return cached
}
