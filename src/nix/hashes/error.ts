import { SlipwayError } from '../../errors.js'
import { derivationName } from '../internal-json.js'
import { mismatchText } from './edits.js'
import type { HashMismatch } from './mismatch.js'

/** What a build ends with where a hash of the project is not that of what was fetched. */
export class HashMismatchError extends SlipwayError {
  readonly mismatches: readonly HashMismatch[]

  constructor(mismatches: readonly HashMismatch[], where: string) {
    const names = mismatches.map((mismatch) => derivationName(mismatch.where))
    super({
      what: `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} another hash than specified, says Nix on ${where}`,
      why: mismatches.map(mismatchText).join('\n'),
      still: 'Nothing was changed on any host.',
      next: 'If you changed dependencies: `slipway deploy --fix-hashes` (or build) writes the right hash. If not, find out what changed there.',
    })
    this.mismatches = mismatches
  }
}
