import { usageError } from '../errors.js'
import type { Evaluated } from './evaluate.js'
import type { NixRunner } from './nix-runner.js'

/** A service whose config doesn't say what is to run. */
export interface NeedsProgram {
  service: string
  package: Evaluated
}

/**
 * The program of each package to run: `meta.mainProgram`, else the only file in `bin/`.
 * @throws SlipwayError that lists the candidates where there are several.
 */
export async function mainPrograms(nix: NixRunner, needed: readonly NeedsProgram[]): Promise<string[]> {
  if (needed.length === 0) return []
  const listed = await nix.list(needed.map(({ package: { out } }) => `${out}/bin`))
  return needed.map((item, index) => chosen(item, listed[index] ?? []))
}

function chosen({ service, package: { name, out, main } }: NeedsProgram, listed: readonly string[]): string {
  const candidates = listed.filter((file) => !file.startsWith('.')).sort()
  if (main && candidates.includes(main)) return main
  const [only, ...others] = candidates
  if (only && others.length === 0) return only
  throw usageError({
    what: `services.${service}: which program of ${name} to run is not clear`,
    why: only ? `Its bin/ holds ${candidates.join(', ')}.` : `${out}/bin holds no program.`,
    still: 'Nothing was changed on any host.',
    next: only
      ? `Set services.${service}.run, for example run: '${only}', or meta.mainProgram in the package.`
      : `Set services.${service}.run to a full path, or use site() for static files.`,
  })
}
