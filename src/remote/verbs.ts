import type { SystemConfig } from '../config/resolved.js'
import { ExitCode, SlipwayError } from '../errors.js'
import { shellCommand, shellQuote } from '../shell-quote.js'
import { refusedRoot, rootScript } from './become.js'
import type { Connection, RemoteOptions, RemoteResult } from './connection.js'
import { runAsRoot } from './password.js'
import { hostProgram } from './program.js'
import type { LockHolder, Report } from './report.js'

/** The host has no, or another, version of our program. */
const EXIT_NOT_INSTALLED = 90
/** `EXIT_LOCKED` of the host's program. */
const EXIT_LOCKED = 75
/** `EXIT_REFUSED` of the host's program: the login's key may not do that. */
const EXIT_REFUSED = 77
/** `EXIT_OTHER_VERSION` of the host's program: what a key runs is what the host was set up with. */
const EXIT_OTHER_VERSION = 91

/** A line of what the host tells of an activation. */
export interface HostEvent {
  /** The service or system it is about; empty for the activation as a whole. */
  item: string
  step:
    | 'serving'
    | 'refused'
    | 'starting'
    | 'checking'
    | 'active'
    | 'waiting'
    | 'unguarded'
    | 'confirmed'
    | 'watching'
    | 'reboot-needed'
    | 'hooked'
    | 'draining'
    | 'held'
    | 'note'
    | 'done'
    | 'failed'
    | 'journal'
    | 'reverted'
    | 'revert-failed'
    | 'left'
    | 'recovering'
  detail: string | null
}

/**
 * The command line by which a host runs a verb of its program. Its words come after the script, where the gate of a
 * restricted key (`host/gate.sh`) finds them; it runs nothing of the script.
 */
export function verbCommand(
  host: { become: readonly string[] },
  verb: string,
  args: readonly string[],
): string {
  const { hash, path } = hostProgram()
  const run = `env SLIPWAY_CONNECTION="$SSH_CONNECTION" sh ${path} "$@"`
  const script =
    `[ -r ${path} ] || exit ${EXIT_NOT_INSTALLED}; shift; ` +
    `[ "$(id -u)" != 0 ] || exec ${run}; exec ${shellCommand(host.become)} ${run}`
  return shellCommand(['sh', '-c', script, 'slipway-host', hash, verb, ...args])
}

/** Runs a verb of the installed program; installs it first where it is missing. */
export async function runVerb(
  connection: Connection,
  verb: string,
  args: readonly string[],
  options: RemoteOptions = {},
): Promise<RemoteResult> {
  const command = (become: readonly string[]) => verbCommand({ become }, verb, args)
  const result = await runAsRoot(connection, command, options)
  if (result.exitCode !== EXIT_NOT_INSTALLED) return checked(connection, verb, result)
  await install(connection)
  return checked(connection, verb, await runAsRoot(connection, command, options))
}

/** Runs a verb that changes nothing, without leaving anything on the host: the program goes in over stdin. */
export async function runVerbUninstalled(
  connection: Connection,
  verb: string,
  args: readonly string[],
  options: Pick<RemoteOptions, 'onLine'> = {},
): Promise<RemoteResult> {
  const ready = (become: readonly string[]) => verbCommand({ become }, verb, args)
  const installed = await runAsRoot(connection, ready, options)
  if (installed.exitCode !== EXIT_NOT_INSTALLED) return checked(connection, verb, installed)
  const command = (become: readonly string[]) =>
    rootScript({ become }, `exec "$@" sh -s ${shellCommand([verb, ...args])}`)
  const given = { ...options, input: hostProgram().text }
  return checked(connection, verb, await runAsRoot(connection, command, given))
}

async function install(connection: Connection): Promise<void> {
  const { path, text } = hostProgram()
  const folder = shellQuote(path.replace(/\/[^/]*$/, ''))
  const script = `umask 022 && mkdir -p ${folder} && cat > ${path}.new && chmod 755 ${path}.new && mv -f ${path}.new ${path}`
  const result = await runAsRoot(
    connection,
    (become) => rootScript({ become }, `exec "$@" sh -c ${shellQuote(script)}`),
    {
      input: text,
    },
  )
  checked(connection, 'install', result)
  if (result.exitCode !== 0) throw verbError(connection, 'install', result)
}

function checked(connection: Connection, verb: string, result: RemoteResult): RemoteResult {
  const refused = refusedRoot(connection, result.stderr)
  if (refused) throw refused
  if (result.exitCode === EXIT_LOCKED) throw lockedError(connection, result)
  if (result.exitCode === EXIT_REFUSED) throw refusedError(connection, result)
  if (result.exitCode === EXIT_OTHER_VERSION) throw otherVersionError(connection)
  if (verb === 'report' && result.exitCode !== 0) throw verbError(connection, verb, result)
  return result
}

/** A verb that ended in a way it should not have. */
export function verbError(connection: Connection, verb: string, result: RemoteResult): SlipwayError {
  const full = /No space left on device/.test(result.stderr)
  return new SlipwayError({
    what: full
      ? `the disk of ${connection.host} is full`
      : `slipway-host ${verb} failed on ${connection.host}`,
    why: result.stderr.trim() || `It exited with status ${result.exitCode}.`,
    still: 'What served before serves still.',
    next: full
      ? 'Make room (`nix-collect-garbage` removes packages no release needs; `df -h` shows where), then run the command again.'
      : `\`slipway doctor ${connection.host}\` checks everything a deploy needs.`,
  })
}

function refusedError(connection: Connection, { stderr }: RemoteResult): SlipwayError {
  const reasons = [...stderr.matchAll(/^slipway refuses: (.*)$/gm)].map(([, reason]) => reason)
  return new SlipwayError({
    what: `${connection.host} refuses what the key of ${connection.destination} asks for`,
    why: reasons.join('\n') || stderr.trim(),
    still: 'What served before serves still.',
    next: 'Somebody with full access has to do this, or to allow it: see docs/access.md.',
  })
}

function otherVersionError(connection: Connection): SlipwayError {
  return new SlipwayError({
    what: `${connection.host} has another version of slipway than this one`,
    why: 'The key of this login may not bring a program of its own: it uses the one that the host was set up with.',
    still: 'Nothing was changed there.',
    next: `Somebody with full access has to run \`slipway setup ${connection.host}\` with this version, or use the host's version here.`,
  })
}

/** Thrown when somebody else works on the host. */
export class LockedError extends SlipwayError {}

function lockedError(connection: Connection, result: RemoteResult): LockedError {
  const holder = (
    JSON.parse(result.stdout.trim().split('\n').at(-1) ?? '{}') as { locked?: LockHolder | null }
  ).locked
  const since = holder ? new Date(holder.since * 1000).toISOString().slice(11, 19) : ''
  return new LockedError({
    what: `${connection.host} is being worked on`,
    why: holder
      ? `${holder.who} holds its lock since ${since} UTC: ${holder.what}`
      : 'Its lock was just released.',
    still: 'Nothing was changed there.',
    next: 'Run the command again later, or with --wait. A lock nobody renews ends by itself within 30 seconds.',
    code: ExitCode.locked,
  })
}

/** Asks a host for its facts and services and, if asked, for the services' health (`probe`), Nix's settings, or what versions of secrets are made with. Leaves nothing behind on it. */
export async function report(
  connection: Connection,
  options: { with?: 'probe' | 'settings' | 'secrets' | undefined; systems?: readonly SystemConfig[] } = {},
): Promise<Report> {
  const systems = (options.systems ?? []).flatMap(({ name, profile, profileName, user }) => [
    ...[name, user, profileName, profile ?? '-'],
  ])
  const result = await runVerbUninstalled(connection, 'report', [options.with ?? 'plain', ...systems])
  try {
    return JSON.parse(result.stdout) as Report
  } catch {
    throw verbError(connection, 'report', {
      ...result,
      stderr: `It printed no JSON: ${result.stdout.slice(0, 200)}`,
    })
  }
}
