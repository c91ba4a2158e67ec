import { shellCommand } from '../shell-quote.js'

/**
 * A command line that runs a script of sh, in which `"$@"` stands before what must run as root: nothing for
 * root's own login. A login's shell may be any, so sh is named.
 */
export function rootScript(host: { become: readonly string[] }, script: string): string {
  return shellCommand(['sh', '-c', `[ "$(id -u)" != 0 ] || set --; ${script}`, 'sh', ...host.become])
}
