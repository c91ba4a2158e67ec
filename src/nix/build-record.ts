import { SlipwayError } from '../errors.js'
import { type HashMismatch, parseMismatches } from './hashes/mismatch.js'
import { type BuildEvent, derivationName } from './internal-json.js'
import { isOutdated } from './outdated.js'
import { platformError, requiredSystem } from './platform.js'

/** How many of a failed build's last lines are kept and shown. */
const SHOWN_LOG_LINES = 20

/** What is kept of a build to explain its failure. */
export class BuildRecord {
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

  /** The last lines that a derivation's build printed. */
  logOf(derivation: string): string[] {
    return this.logs.get(derivation) ?? []
  }

  /** The derivations that failed by themselves, and what Nix says of each. */
  failures(): Map<string, string> {
    return failuresOf(this.errors)
  }

  mismatches(): HashMismatch[] {
    return parseMismatches(this.errors.join('\n'))
  }

  error(where: string): SlipwayError {
    const message = this.errors.join('\n')
    const system = requiredSystem(message)
    if (system) return platformError('what the build needs', system, message)
    const failed = /(?:builder for|build of|Cannot build) '([^']+\.drv)'/.exec(message)?.[1]
    const log = failed ? this.logOf(failed) : []
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

/** Messages about what only failed because something it needs did. */
const CONSEQUENCE =
  /dependenc(?:y|ies) (?:of derivation|failed)|dependencies couldn't be built|^error: build of '/

/** The derivations that Nix's errors name as failed, leaving out those that only need one that failed. */
export function failuresOf(errors: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const text of errors) {
    const derivation = /'(\/[^']+\.drv)'/.exec(text)?.[1]
    if (derivation && !CONSEQUENCE.test(text) && !found.has(derivation)) found.set(derivation, text)
  }
  return found
}
