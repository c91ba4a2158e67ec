import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { HostConfig } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { shellCommand } from '../shell-quote.js'
import type { Connection, RemoteOptions, RemoteResult } from './connection.js'

/** How often a password may be mistyped; sudo's own default. */
const TRIES = 3

/** What sudo asks for where it may not ask; see sudo(8), `-n`. */
const PASSWORD_REQUIRED = /^sudo: (a password is required|.*terminal is required)/m

/** Passwords by host: never longer than this process, and nowhere but in its memory. */
const passwords = new Map<string, string>()
/** Questions come one after the other. */
let asking: Promise<unknown> = Promise.resolve()

const withoutN = (become: readonly string[]) => become.filter((word) => word !== '-n')

/** The words to become root with on a terminal, where sudo can ask by itself. */
export function becomeOnTerminal({ become }: Pick<HostConfig, 'become'>): string[] {
  return become[0] === 'sudo' ? withoutN(become) : [...become]
}

/** For a login of its own, which knows nothing of others: the words to become root, and what sudo reads first. */
export function becomeAnew(host: Pick<HostConfig, 'name' | 'become'>): { become: string[]; first?: string } {
  const password = passwords.get(host.name)
  if (password === undefined) return { become: host.become }
  // `-k`: what was remembered must not leave the password to whoever reads next.
  return { become: [...withoutN(host.become), '-S', '-k', '-p', ''], first: `${password}\n` }
}

/**
 * Runs a command that becomes root; where sudo wants a password it is asked for once, on the terminal, and sudo
 * remembers it for this login as long as it is set up to (sudoers(5), `timestamp_timeout`).
 */
export async function runAsRoot(
  connection: Connection,
  command: string,
  options: RemoteOptions = {},
): Promise<RemoteResult> {
  const result = await connection.run(command, options)
  if (!PASSWORD_REQUIRED.test(result.stderr) || !(await unlock(connection))) return result
  return connection.run(command, options)
}

/** Before something that can't be tried again: has sudo remember the password anew, if it was asked for. */
export async function refresh(connection: Connection): Promise<void> {
  if (passwords.has(connection.host)) await unlock(connection)
}

/** Whether sudo has been given its password. Fails where it is wrong, or nobody can be asked. */
async function unlock(connection: Connection): Promise<boolean> {
  if (connection.become[0] !== 'sudo') return false
  const validate = shellCommand([...withoutN(connection.become), '-S', '-p', '', '-v'])
  for (let tried = 0; tried < TRIES; tried += 1) {
    const password = passwords.get(connection.host) ?? (await ask(connection.destination, tried > 0))
    if (password === undefined) return false
    const { exitCode, stderr } = await connection.run(validate, { input: `${password}\n` })
    if (exitCode === 0) {
      passwords.set(connection.host, password)
      return true
    }
    passwords.delete(connection.host)
    if (/may not run|not in the sudoers/.test(stderr)) return false
  }
  throw new SlipwayError({
    what: `sudo on ${connection.host} does not take that password`,
    still: 'Nothing was changed there.',
    next: `Try it by hand: ssh -t ${connection.destination} sudo true`,
  })
}

/** undefined: there is no terminal, or the input has ended. */
function ask(destination: string, again: boolean): Promise<string | undefined> {
  const answer = asking.then(() =>
    askHidden(`${again ? 'Sorry, try again. ' : ''}sudo password of ${destination}: `),
  )
  asking = answer.catch(() => undefined)
  return answer
}

function askHidden(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return Promise.resolve(undefined)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  process.stderr.write(question)
  return new Promise((resolve) => {
    reader.once('line', (line) => {
      resolve(line)
      reader.close()
    })
    reader.on('SIGINT', () => reader.close())
    reader.once('close', () => {
      process.stderr.write('\n')
      resolve(undefined)
    })
  })
}
