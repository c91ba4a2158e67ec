import type { HostConfig } from '../config/resolved.js'
import { parseSshHost } from '../config/ssh-host.js'
import type { ClosurePath } from '../contract/release.js'
import type { HostFacts } from '../contract/report.js'
import { SlipwayError } from '../errors.js'
import { stripAnsi } from '../nix/internal-json.js'
import { copyTo } from '../nix/nix-command.js'
import type { Login } from '../remote/login.js'
import { becomeWith } from '../remote/password.js'
import { runProgram } from '../run-program.js'
import { timed } from './debug.js'
import type { Engine } from './engine.js'
import { sendPaths } from './send-paths.js'
import { settle } from './settle.js'
import { rememberShipped, shippedBefore } from './shipped-before.js'
import { sshThatSends } from './ssh-that-sends.js'

/** The login over which Nix reaches a host. */
type Reached = Pick<Login, 'host' | 'destination' | 'sshOptions'>
type Sending = Reached & { agent: Pick<Login['agent'], 'hello' | 'call' | 'upload'> }

/** The closure of a path; undefined where nobody has looked it up. */
export type ClosureOf = (path: string) => Promise<readonly ClosurePath[] | undefined>

/** What a host has that built everything itself. */
export const ALL_SHIPPED: Shipped = { has: () => true }

/** Store paths that a host is known to have. */
export type Shipped = Pick<ReadonlySet<string>, 'has'>

/**
 * Brings closures to a host over the login that is open already: little that is new over its agent's stream, else by Nix.
 * @throws SlipwayError where the host has no room, or takes none of it.
 */
export async function ship(
  engine: Pick<Engine, 'tell'>,
  login: Sending,
  facts: Pick<HostFacts, 'nixStore' | 'became'>,
  paths: readonly string[],
  closureOf: ClosureOf,
  host: Pick<HostConfig, 'become' | 'substitutes'>,
): Promise<void> {
  if (await sent(engine, login, paths, closureOf, host)) return
  await copyRemembered(engine, login, facts, paths, host)
}

async function copyRemembered(
  ...[engine, login, facts, paths, host]: Parameters<typeof copyPaths>
): Promise<void> {
  await copyPaths(engine, login, facts, paths, host)
  rememberShipped(login.destination, paths)
}

/** Whether closures are on the host now, sent over its agent's stream: not where the host is to fetch what it can. */
async function sent(
  engine: Pick<Engine, 'tell'>,
  login: Sending,
  paths: readonly string[],
  closureOf: ClosureOf,
  { substitutes }: Pick<HostConfig, 'substitutes'>,
  held?: Promise<ReadonlySet<string>>,
): Promise<boolean> {
  if (substitutes || paths.length === 0) return false
  const sending = await settle(
    sendPaths(engine, login, { packages: paths, all: allOf(paths, closureOf), held }),
  )
  if (!sending.ok || !sending.value) return false
  rememberShipped(login.destination, paths)
  return true
}

async function allOf(
  paths: readonly string[],
  closureOf: ClosureOf,
): Promise<readonly ClosurePath[] | undefined> {
  const closures = await Promise.all(paths.map(closureOf))
  return closures.every((closure) => closure !== undefined) ? closures.flat() : undefined
}

/** Copies store paths to a host: derivations apart from others, since Nix takes all of them for one or the other. */
export async function copyPaths(
  engine: Pick<Engine, 'tell'>,
  login: Reached,
  facts: Pick<HostFacts, 'nixStore' | 'became'>,
  paths: readonly string[],
  host: Pick<HostConfig, 'become' | 'substitutes'>,
): Promise<void> {
  const { become, first } = becomeWith({ name: login.host, become: host.become })
  const isDerivation = (path: string) => path.endsWith('.drv')
  for (const some of [paths.filter(isDerivation), paths.filter((path) => !isDerivation(path))]) {
    if (some.length === 0) continue
    const command = copyTo(storeUrl(login.destination, facts, become), [...new Set(some)], host.substitutes)
    const ssh = first === undefined ? undefined : await sshThatSends(first)
    const result = await timed(engine, login.host, command, () =>
      runProgram(command.program, command.args, {
        env: { NIX_SSHOPTS: login.sshOptions().join(' '), ...ssh?.env },
      }),
    ).finally(() => ssh?.remove())
    if (result.exitCode !== 0) throw copyError(login.host, result.stderr)
  }
}

function copyError(host: string, stderr: string): SlipwayError {
  const full = /No space left on device/.test(stderr)
  if (/protocol mismatch/.test(stderr)) {
    return new SlipwayError({
      what: `copying to ${host} failed: the login's shell there prints text of its own, which Nix takes for its answer`,
      why: endOf(stderr),
      still: 'What served before serves still.',
      next: 'Have its .bashrc (or .zshenv, config.fish) print nothing where no terminal is: `case $- in *i*) ;; *) return ;; esac` at its beginning. `ssh HOST true` must print nothing.',
    })
  }
  return new SlipwayError({
    what: full ? `the disk of ${host} is full` : `copying to ${host} failed`,
    why: endOf(stderr),
    still: 'What served before serves still.',
    next: full ? `Make room: \`slipway gc ${host}\` removes packages no release needs.` : undefined,
  })
}

/** How many of the last lines of what Nix says are shown. */
const SHOWN_LINES = 8

/** The end of what Nix says of a copy, for people. */
export function endOf(stderr: string): string {
  return stripAnsi(stderr).split('\n').slice(-SHOWN_LINES).join('\n')
}

/**
 * Sends what this machine has not sent to the host before, while that still reports. Nix copies nothing where the host has
 * to be known for that: for logins that are not root's. Gives what was sent; the rest, {@link ship} does later.
 */
export async function shipEarly(
  engine: Pick<Engine, 'tell'>,
  login: Sending,
  wanted: readonly string[],
  closureOf: ClosureOf,
  host: Pick<HostConfig, 'become' | 'substitutes'>,
  /** What releases of the host hold. */
  held?: Promise<ReadonlySet<string>>,
): Promise<Shipped> {
  const { became, key } = login.agent.hello
  const before = shippedBefore(login.destination)
  const paths = wanted.filter((path) => !before.has(path))
  if (key !== null || paths.length === 0) return new Set()
  const shipping = async () => {
    if (await sent(engine, login, paths, closureOf, host, held)) return true
    if (!became) await copyRemembered(engine, login, { nixStore: null, became }, paths, host)
    return !became
  }
  const result = await settle(shipping())
  return new Set(result.ok && result.value ? paths : [])
}

/** `ssh://` is asked to run nix-store by its full path, since a login's PATH may lack it, and as root. */
export function storeUrl(
  destination: string,
  facts: Pick<HostFacts, 'nixStore' | 'became'>,
  become: readonly string[],
): string {
  const program = facts.nixStore ?? 'nix-store'
  const asRoot = facts.became ? `${become.join(' ')} ${program}` : program
  return `ssh://${authorityOf(destination)}?remote-program=${encodeURIComponent(asRoot)}`
}

/**
 * A destination of ssh's in a URL. IPv6 addresses stand in brackets there, as newer versions of Nix want it; older ones hand
 * them on to ssh, which doesn't look at the name over a login that there is. `localhost` alone would be this machine to Nix,
 * whatever ssh takes it for.
 */
function authorityOf(destination: string): string {
  if (destination === 'localhost') return '127.0.0.1'
  const { user, host } = parseSshHost(destination)
  if (!host.includes(':')) return destination
  return `${user === undefined ? '' : `${user}@`}[${host.replace('%', '%25')}]`
}
