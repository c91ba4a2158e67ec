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
 * Runs a command that becomes root with the given words. Where sudo wants a password it is asked for on the terminal,
 * once for each host.
 */
export async function runAsRoot(
  connection: Connection,
  command: (become: readonly string[]) => string,
  options: RemoteOptions = {},
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
  if (!PASSWORD_REQUIRED.test(result.stderr) || !(await unlock(connection))) return result
  return run()
}

function after(first: string, input: string | Uint8Array = ''): Uint8Array {
  return Buffer.concat([Buffer.from(first), Buffer.from(input)])
}

/** Whether there is a password now that sudo takes. Fails where it takes none of those that are given. */
async function unlock(connection: Connection): Promise<boolean> {
  if (connection.become[0] !== 'sudo' || passwords.has(connection.host)) return false
  const check = shellCommand([...withPassword(connection.become), 'true'])
  for (let tried = 0; tried < TRIES; tried += 1) {
    const password = await ask(connection.destination, tried > 0)
    if (password === undefined) return false
    const { exitCode, stderr } = await connection.run(check, { input: `${password}\n` })
    if (exitCode === 0) {
      passwords.set(connection.host, password)
      return true
    }
    if (/may not run|not allowed to|not in the sudoers/.test(stderr)) return false
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
