import { DEPENDENCY_KINDS } from './hashes/edits.js'
import { type HashMismatch, parseMismatches } from './hashes/mismatch.js'
import { type BuildEvent, buildEventReader, derivationName } from './internal-json.js'
import { recheck, references } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'

/**
 * Where a lock file changed and the hash of the dependencies did not, Nix takes the dependencies it has under that
 * hash, and it is the program's build that fails. What Go, and nixpkgs for Rust, npm and pnpm, say then.
 */
const OUTDATED =
  /inconsistent vendoring in |ERROR: \w+(?: or \w+)? is out of date|ERR_PNPM_NO_OFFLINE_(?:TARBALL|META)/

/** Whether a line of a build's log says that the dependencies are those of another lock file. */
export function isOutdated(line: string): boolean {
  return OUTDATED.test(line)
}

/** Fetches the dependencies of a derivation anew, and tells which have another hash than specified. */
export async function recheckDependencies(
  nix: NixRunner,
  derivation: string,
  onEvent: (event: BuildEvent) => void,
): Promise<HashMismatch[]> {
  const direct = await referencesOf(nix, [derivation])
  // A vendor directory may be made from what was fetched: the hash is then one further.
  const all = [...direct, ...(await referencesOf(nix, direct.filter(isDependencies)))]
  const messages: string[] = []
  const read = buildEventReader((event) => {
    if (event.type === 'message') messages.push(event.text)
    onEvent(event)
  })
  for (const path of new Set(all.filter(isDependencies))) await nix.run(recheck(path), read)
  return parseMismatches(messages.join('\n'))
}

async function referencesOf(nix: NixRunner, paths: string[]): Promise<string[]> {
  if (paths.length === 0) return []
  const { stdout } = await nix.run(references(paths))
  return stdout.split('\n').filter((path) => path.endsWith('.drv'))
}

function isDependencies(path: string): boolean {
  return DEPENDENCY_KINDS.some(({ derivation }) => derivation.test(derivationName(path)))
}
