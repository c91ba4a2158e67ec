import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AGENT_UNIT_TEXT } from '../contract/agent-unit.js'
import type { BootstrapFacts } from '../contract/bootstrap.js'
import { AGENT_UNIT } from '../contract/paths.js'
import { HOST_PROGRAMS } from '../contract/report.js'
import { SlipwayError } from '../errors.js'
import { PACKAGE_ROOT } from '../package-root.js'
import { shellCommand, shellQuote } from '../shell-quote.js'
import type { AgentBundle } from './agent-bundle.js'
import { refusedRoot, rootScript } from './become.js'
import { parseFacts } from './bootstrap-facts.js'
import type { Connection, RemoteResult } from './connection.js'
import { type Ask, runAsRoot } from './password.js'

/** A login to a host on which the bootstrap is run, and who is asked for a password there. */
export interface Bootstrap {
  connection: Connection
  ask?: Ask | undefined
}

/** What is to be found out beside the rest. */
export interface FactsQuestion {
  /** Whether the host has this user. */
  user?: string | undefined
  /** Where these programs are. */
  programs?: readonly string[]
}

/** What a host is, asked without an agent. Leaves nothing behind on it. */
export async function bootstrapFacts(
  via: Bootstrap,
  { user = '-', programs = [] }: FactsQuestion = {},
): Promise<BootstrapFacts> {
  const result = await run(via, ['facts', user, ...new Set([...HOST_PROGRAMS, ...programs])])
  const facts = parseFacts(result.stdout)
  if (facts) return facts
  const why = result.stderr.trim() || `It printed: ${result.stdout.trim().slice(0, SHOWN_CHARACTERS)}`
  throw new SlipwayError({
    what: `${via.connection.host} does not say what it is`,
    why,
    still: 'Nothing was changed there.',
  })
}

const SHOWN_CHARACTERS = 400

/** Has apt-get install packages. */
export async function installPackages(via: Bootstrap, names: readonly string[]): Promise<void> {
  const result = await run(via, ['packages', ...names])
  if (result.exitCode === 0) return
  throw failure(via, result, `apt-get could not install ${names.join(' ')} on ${via.connection.host}`)
}

/** What the host is given. */
export interface AgentParts {
  bundle: AgentBundle
  /** The store path of its Node, which the host has; undefined keeps the one that is there. */
  node: string | undefined
  /** The folder its unit goes to. */
  unitDir: string
}

/**
 * Puts an agent in place and starts it. Where it does not become ready, the host has put back what was there.
 * @throws SlipwayError with what the agent said.
 */
export async function installAgent(
  via: Bootstrap,
  { bundle, node = '-', unitDir }: AgentParts,
): Promise<void> {
  const unit = Buffer.from(AGENT_UNIT_TEXT)
  const words = ['install', bundle.hash, String(bundle.bytes.length), node, unitDir, String(unit.length)]
  const result = await run(via, words, Buffer.concat([unit, bundle.bytes]))
  if (result.exitCode === 0) return
  throw failure(via, result, `slipway's agent does not start on ${via.connection.host}`)
}

function failure({ connection }: Bootstrap, { exitCode, stderr }: RemoteResult, what: string): SlipwayError {
  const full = /No space left on device/.test(stderr)
  return new SlipwayError({
    what: full ? `the disk of ${connection.host} is full` : what,
    why: stderr.trim() || `It exited with status ${exitCode}.`,
    still: 'What served before serves still.',
    next: full
      ? 'Make room (`nix-collect-garbage` removes packages no release needs; `df -h` shows where), then run the command again.'
      : `\`journalctl -u ${AGENT_UNIT}\` there may say more. Put it right, then run the command again.`,
  })
}

/**
 * Runs a verb of host/bootstrap.sh. The script comes ahead of the input: a login's shell may be any, and some take no
 * line breaks in a word. `head` takes no more than it is told to, where `sh -s` may.
 */
async function run(
  { connection, ask }: Bootstrap,
  words: readonly string[],
  input: Uint8Array = new Uint8Array(),
): Promise<RemoteResult> {
  const script = bootstrapScript()
  const command = (become: readonly string[]) =>
    rootScript(
      { become },
      `exec "$@" sh -c ${shellQuote(`eval "$(head -c ${script.length})"`)} slipway-bootstrap ${shellCommand(words)}`,
    )
  const result = await runAsRoot(connection, command, { input: Buffer.concat([script, input]) }, ask)
  const refused = refusedRoot(connection, result.stderr)
  if (refused) throw refused
  return result
}

let cached: Buffer | undefined

function bootstrapScript(): Buffer {
  cached ??= readFileSync(join(PACKAGE_ROOT, 'host/bootstrap.sh'))
  return cached
}
