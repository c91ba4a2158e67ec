import { SlipwayError } from '../../errors.js'
import { runProgram } from '../../run-program.js'
import type { Engine } from '../engine.js'

/** What Cachix calls a cache, by its URL; undefined: it is none of Cachix'. */
export function cachixName(url: string): string | undefined {
  return /^https:\/\/([a-z0-9-]+)\.cachix\.org$/.exec(url)?.[1]
}

/** Has Cachix' own program push; it finds its token in `CACHIX_AUTH_TOKEN` or its own settings: https://docs.cachix.org/pushing */
export async function pushToCachix(
  { signal }: Pick<Engine, 'signal'>,
  name: string,
  paths: readonly string[],
) {
  const { exitCode, stderr } = await runProgram('cachix', ['push', name, ...paths], { signal })
  if (exitCode === 0) return
  throw new SlipwayError({
    what: exitCode === null ? 'the program cachix is not installed' : `Cachix did not take all for ${name}`,
    why: stderr.trim() || undefined,
    next: exitCode === null ? 'https://docs.cachix.org/installation' : undefined,
  })
}
