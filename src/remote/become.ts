import { SlipwayError } from '../errors.js'
import { shellCommand } from '../shell-quote.js'

/**
 * A command line that runs a script of sh, in which `"$@"` stands before what must run as root: nothing for
 * root's own login. A login's shell may be any, so sh is named.
 */
export function rootScript(host: { become: readonly string[] }, script: string): string {
  return shellCommand(['sh', '-c', `[ "$(id -u)" != 0 ] || set --; ${script}`, 'sh', ...host.become])
}

/** What the programs that make somebody root print where they may not, and what helps. */
const REFUSALS = [
  {
    pattern: /^sudo: .*(password|terminal) is required|not in the sudoers/m,
    next: 'Run it on a terminal, where the password can be asked for; or log in as root; or give the user passwordless sudo: USER ALL=(ALL) NOPASSWD: ALL in /etc/sudoers.d/slipway.',
  },
  {
    pattern: /^Failed to start transient service unit: (Interactive authentication required|Access denied)/m,
    next: 'Have polkit let the user manage units: the rule is in docs/access.md. Or log in as root.',
  },
  {
    pattern: /: (sudo|run0|doas): (command )?not found/,
    next: 'Set `become` of the host to a program it has, or log in as root.',
  },
]

/** The error for a login that was refused to become root, by what that program printed; undefined: it was not. */
export function refusedRoot(
  { host, destination }: { host: string; destination: string },
  stderr: string,
): SlipwayError | undefined {
  const refusal = REFUSALS.find(({ pattern }) => pattern.test(stderr))
  if (refusal === undefined) return undefined
  return new SlipwayError({
    what: `the login ${destination} may not become root on ${host}`,
    why: stderr.trim(),
    still: 'Nothing was changed there.',
    next: refusal.next,
  })
}
