import { usageError } from '../errors.js'
import type { Evaluated } from './evaluate.js'
import type { NixRunner } from './nix-runner.js'

/**
 * The program of a package to run: `meta.mainProgram`, else the only file in `bin/`.
 * @throws SlipwayError that lists the candidates where there are several.
 */
export async function mainProgram(nix: NixRunner, service: string, package_: Evaluated): Promise<string> {
  const candidates = (await nix.list(`${package_.out}/bin`)).filter((name) => !name.startsWith('.')).sort()
  if (package_.main && candidates.includes(package_.main)) return package_.main
  const [only, ...others] = candidates
  if (only && others.length === 0) return only
  throw usageError({
    what: `services.${service}: which program of ${package_.name} to run is not clear`,
    why: only ? `Its bin/ holds ${candidates.join(', ')}.` : `${package_.out}/bin holds no program.`,
    still: 'Nothing was changed on any host.',
    next: only
      ? `Set services.${service}.run, for example run: '${only}', or meta.mainProgram in the package.`
      : `Set services.${service}.run to a full path, or use site() for static files.`,
  })
}
