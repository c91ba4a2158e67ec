import type { HostConfig } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { shellCommand } from '../shell-quote.js'
import type { Connection, RemoteOptions, RemoteResult } from './connection.js'

/** How often a password may be mistyped; sudo's own default. */
const TRIES = 3

/** What sudo asks for where it may not ask; see sudo(8), `-n`. */
export const PASSWORD_REQUIRED = /^sudo: (a password is required|.*terminal is required)/m

/** Passwords by host: never longer than this process, and nowhere but in its memory. */
const passwords = new Map<string, string>()

/** Asks whoever deploys; undefined where there is nobody to ask, or no answer. One question at a time is asked. */
export type Ask = (question: {
  kind: 'password'
  destination: string
  /** Whether the answer before this one was wrong. */
  again: boolean
}) => Promise<string | undefined>

const withoutN = (become: readonly string[]) => become.filter((word) => word !== '-n')

/**
 * The words to become root with where the password comes first on standard input. `-k`: sudo must read it, whatever
 * it remembers, or else what runs next would.
 */
const withPassword = (become: readonly string[]) => [...withoutN(become), '-S', '-k', '--prompt=']

/** The words to become root with on a terminal, where sudo can ask by itself. */
export function becomeOnTerminal({ become }: Pick<HostConfig, 'become'>): string[] {
  return become[0] === 'sudo' ? withoutN(become) : [...become]
}

/** The words to become root with, and what sudo reads first, where a password was asked for. */
export function becomeWith(host: Pick<HostConfig, 'name' | 'become'>): { become: string[]; first?: string } {
  const password = passwords.get(host.name)
  if (password === undefined) return { become: host.become }
  return { become: withPassword(host.become), first: `${password}\n` }
}

/**
 * Runs a command that becomes root with the given words. Where sudo wants a password it is asked for, once for each
 * host.
 */
export async function runAsRoot(
  connection: Connection,
  command: (become: readonly string[]) => string,
  options: RemoteOptions = {},
  ask?: Ask,
): Promise<RemoteResult> {
  const run = () => {
    if (options.inherit === 'terminal') return connection.run(command(becomeOnTerminal(connection)), options)
    const { become, first } = becomeWith({ name: connection.host, become: connection.become })
    return connection.run(
      command(become),
      first === undefined ? options : { ...options, input: after(first, options.input) },
    )
  }
  const result = await run()
  if (ask === undefined || !PASSWORD_REQUIRED.test(result.stderr)) return result
  const via = { ...connection, run: (line: string, input: string) => connection.run(line, { input }) }
  return (await unlock(via, ask)) ? run() : result
}

function after(first: string, input: string | Uint8Array = ''): Uint8Array {
  return Buffer.concat([Buffer.from(first), Buffer.from(input)])
}

/** A login on which a password can be tried. */
export interface Lock {
  host: string
  destination: string
  become: readonly string[]
  run(command: string, input: string): Promise<Pick<RemoteResult, 'exitCode' | 'stderr'>>
}

/** Whether a host's password is known, or still asked for. */
const unlocking = new Map<string, Promise<boolean>>()

/**
 * Whether there is a password now that sudo takes. Logins of a host that want one at the same time ask once.
 * @throws SlipwayError where it takes none of those that are given.
 */
export async function unlock(lock: Lock, ask: Ask): Promise<boolean> {
  if (lock.become[0] !== 'sudo') return false
  const known = unlocking.get(lock.host)
  if (known) return known
  const asking = askFor(lock, ask)
  unlocking.set(lock.host, asking)
  const unlocked = await asking.catch(() => false)
  if (!unlocked) unlocking.delete(lock.host)
  return asking
}

async function askFor(lock: Lock, ask: Ask): Promise<boolean> {
  const check = shellCommand([...withPassword(lock.become), 'true'])
  for (let tried = 0; tried < TRIES; tried += 1) {
    const password = await ask({ kind: 'password', destination: lock.destination, again: tried > 0 })
    if (password === undefined) return false
    const { exitCode, stderr } = await lock.run(check, `${password}\n`)
    if (exitCode === 0) {
      passwords.set(lock.host, password)
      return true
    }
    if (/may not run|not allowed to|not in the sudoers/.test(stderr)) return false
  }
  throw new SlipwayError({
    what: `sudo on ${lock.host} does not take that password`,
    still: 'Nothing was changed there.',
    next: `Try it by hand: ssh -t ${lock.destination} sudo true`,
  })
}
