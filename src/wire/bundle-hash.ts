import { createHash } from 'node:crypto'

/** Enough of a SHA-256 to tell versions apart; it is also what they are called on hosts. */
const LENGTH = 16

/** What a bundle of the agent is known by. `host/bootstrap.sh` checks it, too. */
export function bundleHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, LENGTH)
}
