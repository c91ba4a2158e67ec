import type { HostConfig } from '../config/resolved.js'
import { shellCommand, shellQuote } from '../shell-quote.js'

/**
 * A command line that runs a script of sh, in which `$s` stands before what must run as root: nothing for
 * root's own login. A login's shell may be any, so sh is named.
 */
export function rootScript(host: Pick<HostConfig, 'become'>, script: string): string {
  const become = shellQuote(shellCommand(host.become))
  return shellCommand(['sh', '-c', `s=; [ "$(id -u)" = 0 ] || s=${become}; ${script}`])
}
