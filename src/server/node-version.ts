import { usageError } from '../errors.js'

/** The oldest Node that has what the server needs: SQLite without a flag, and execve(2). */
const OLDEST_NODE = [22, 18] as const

/** @throws SlipwayError where a Node is too old for the server. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [least, leastMinor] = OLDEST_NODE
  if (major > least || (major === least && minor >= leastMinor)) return
  throw usageError({
    what: `slipway server dev needs Node ${OLDEST_NODE.join('.')} or newer, and this is ${version}`,
    still: 'Every other command works with this one.',
    next: 'Run it with a newer one, such as `nix shell nixpkgs#nodejs_24 --command slipway server dev`.',
  })
}
