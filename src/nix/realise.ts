import { BuildRecord } from './build-record.js'
import { HashMismatchError } from './hashes/error.js'
import type { HashMismatch } from './hashes/mismatch.js'
import { type BuildEvent, buildEventReader } from './internal-json.js'
import { type RealiseOptions, realise } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'
import { recheckDependencies } from './outdated.js'

/**
 * Builds derivations, telling of progress.
 * @throws HashMismatchError where what is fetched has another hash than the project says.
 * @throws SlipwayError with the end of the log of the derivation that failed.
 */
export async function build(
  nix: NixRunner,
  derivations: string[],
  onEvent: (event: BuildEvent) => void,
): Promise<void> {
  const { exitCode, record } = await recordedBuild(nix, derivations, {}, onEvent)
  if (exitCode === 0) return
  const mismatches = await mismatchesOf(nix, record, onEvent)
  throw mismatches.length > 0 ? new HashMismatchError(mismatches, nix.where) : record.error(nix.where)
}

/** Builds derivations, and keeps what explains a failure. */
export async function recordedBuild(
  nix: NixRunner,
  derivations: string[],
  options: RealiseOptions,
  onEvent: (event: BuildEvent) => void,
): Promise<{ exitCode: number; record: BuildRecord }> {
  return recordBuild((onLine) => nix.run(realise(derivations, options), onLine), onEvent)
}

/** Reads what Nix tells of a build, line by line, wherever it runs. */
export async function recordBuild<T>(
  run: (onLine: (line: string) => void) => Promise<T>,
  onEvent: (event: BuildEvent) => void,
): Promise<T & { record: BuildRecord }> {
  const record = new BuildRecord()
  const read = buildEventReader((event) => {
    record.add(event)
    onEvent(event)
  })
  return { ...(await run(read)), record }
}

/** The wrong hashes that a build met, or that are behind the failures it met. */
export async function mismatchesOf(
  nix: NixRunner,
  record: BuildRecord,
  onEvent: (event: BuildEvent) => void,
): Promise<HashMismatch[]> {
  const found = record.mismatches()
  if (found.length > 0) return found
  const rechecked: HashMismatch[] = []
  for (const drv of record.outdated) rechecked.push(...(await recheckDependencies(nix, drv, onEvent)))
  return rechecked
}
