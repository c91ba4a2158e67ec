import { SlipwayError } from '../errors.js'
import { HashMismatchError } from '../hashes/error.js'
import { type HashMismatch, parseMismatches } from '../hashes/mismatch.js'
import { type BuildEvent, buildEventReader, derivationName } from './internal-json.js'
import { realise } from './nix-command.js'
import type { NixRunner } from './nix-runner.js'
import { isOutdated, recheckDependencies } from './outdated.js'
import { platformError, requiredSystem } from './platform.js'

/** How many of a failed build's last lines its error shows. */
const SHOWN_LOG_LINES = 20

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
  const record = new BuildRecord()
  const read = buildEventReader((event) => {
    record.add(event)
    onEvent(event)
  })
  const result = await nix.run(realise(derivations), read)
  if (result.exitCode === 0) return
  const mismatches = [...record.mismatches()]
  if (mismatches.length === 0) {
    for (const drv of record.outdated) mismatches.push(...(await recheckDependencies(nix, drv, onEvent)))
  }
  throw mismatches.length > 0 ? new HashMismatchError(mismatches, nix.where) : record.error(nix.where)
}

/** What is kept of a build to explain its failure. */
class BuildRecord {
  private readonly logs = new Map<string, string[]>()
  private readonly errors: string[] = []
  /** Derivations whose log says that their dependencies are not those of their lock file. */
  readonly outdated = new Set<string>()

  add(event: BuildEvent): void {
    if (event.type === 'log') {
      const lines = this.logs.get(event.derivation) ?? []
      lines.push(event.line)
      this.logs.set(event.derivation, lines.slice(-SHOWN_LOG_LINES))
      if (isOutdated(event.line)) this.outdated.add(event.derivation)
    } else if (event.type === 'message' && event.error) {
      this.errors.push(event.text)
    }
  }

  mismatches(): HashMismatch[] {
    return parseMismatches(this.errors.join('\n'))
  }

  error(where: string): SlipwayError {
    const message = this.errors.join('\n')
    const system = requiredSystem(message)
    if (system) return platformError('what the build needs', system, message)
    const failed = /(?:builder for|build of|Cannot build) '([^']+\.drv)'/.exec(message)?.[1]
    const log = failed ? (this.logs.get(failed) ?? []) : []
    const full = /No space left on device|lack of free disk space/.test([message, ...log].join('\n'))
    return new SlipwayError({
      what: failed
        ? `the build of ${derivationName(failed)} failed on ${where}`
        : `the build failed on ${where}`,
      why: log.length > 0 ? log.join('\n') : message.split('\n').slice(-SHOWN_LOG_LINES).join('\n'),
      still: 'Nothing was changed on any host.',
      next: full ? 'Make room: nix-collect-garbage.' : failed && `See all of its log: nix log ${failed}`,
    })
  }
}
