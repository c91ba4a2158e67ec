import { join } from 'node:path'
import type { Agent } from '../agent.js'

/** What the keys of the deploy user run instead of what they ask for, and all that sudo lets it run. */
export function gateFile(agent: Pick<Agent, 'places'>): string {
  return join(agent.places.access, 'gate')
}

/** The gate as a file: it hands everything to the agent's program, see src/agent/gate.ts. */
export function gateText(agents: string): string {
  return `#!${agents}/node/bin/node
// Written by \`slipway setup --deploy-user\`: what a key for one service may do on this host.
process.argv.splice(2, 0, 'gate', '--')
require('${agents}/current/agent.cjs')
`
}

/** What the gate does with what a key asked for. */
export type Judged =
  /** Hands store paths to Nix's daemon. */
  | { kind: 'copy' }
  /** Brings the login to the agent. */
  | { kind: 'connect' }
  | { kind: 'refuse'; reason: string }

/** Store paths as `nix copy` sends them; a login's PATH may lack Nix. */
const COPY = /^(?:\/[A-Za-z0-9._/-]*\/)?nix-store --serve --write$/
/** The connect command of a deployer: what stands between the quotes is not run. */
const CONNECT = /^sh -c '.*' slipway-connect \d+$/
/** Longer than any command of slipway's. */
const MOST_CHARACTERS = 16_384

/** Judges a command line. Nothing of it is run. */
export function judge(
  asked: string | undefined,
  { service, known }: { service: string; known: boolean },
): Judged {
  if (asked !== undefined && (/\p{Cc}/u.test(asked) || asked.length > MOST_CHARACTERS)) {
    return { kind: 'refuse', reason: 'that is no command of slipway' }
  }
  if (asked !== undefined && COPY.test(asked)) {
    return known ? { kind: 'copy' } : { kind: 'refuse', reason: 'this key is no longer authorised' }
  }
  if (asked !== undefined && CONNECT.test(asked)) return { kind: 'connect' }
  return { kind: 'refuse', reason: `this key deploys ${service}, and does nothing else` }
}

/** What was asked, for a line of the journal. */
export function askedText(asked: string | undefined): string {
  return asked === undefined || asked === '' ? 'a shell' : asked
}

/** The words that sudo hands on: whose key it is, over which connection, and what was refused. */
export interface GateCall {
  service: string
  name: string
  connection: string
  /** undefined: the login is to be brought to the agent. */
  refused: string | undefined
}

/** Takes nothing but names and a connection, whoever calls it. undefined: it is no such call. */
export function parseCall(words: readonly string[]): GateCall | undefined {
  const [service = '', name = '', connection = '', refused] = words
  const named = /^[a-z0-9][a-z0-9-]*$/
  if (!named.test(service) || !named.test(name) || !/^[0-9A-Za-z:.% ]*$/.test(connection)) return undefined
  if (words.length < 3 || words.length > 4) return undefined
  return { service, name, connection, refused }
}
