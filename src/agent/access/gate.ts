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
  /** Hands store paths to Nix's daemon, where root says that it may. */
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
export function judge(asked: string | undefined, service: string): Judged {
  if (asked !== undefined && (/\p{Cc}/u.test(asked) || asked.length > MOST_CHARACTERS)) {
    return { kind: 'refuse', reason: 'that is no command of slipway' }
  }
  if (asked !== undefined && COPY.test(asked)) return { kind: 'copy' }
  if (asked !== undefined && CONNECT.test(asked)) return { kind: 'connect' }
  return { kind: 'refuse', reason: `this key deploys ${service}, and does nothing else` }
}

/** What was asked, for a line of the journal. */
export function askedText(asked: string | undefined): string {
  return asked === undefined || asked === '' ? 'a shell' : asked
}

/** What the half of the gate that is root is asked for: nothing that would change the host. */
const ASKS = ['connect', 'copy', 'refused'] as const

/** The words that sudo hands on: whose key it is, over which connection, and what for. */
export interface GateCall {
  service: string
  name: string
  connection: string
  /** To bring the login to the agent; to say whether store paths may be sent; to write down what was refused. */
  ask: (typeof ASKS)[number]
  /** What was refused. */
  text: string
}

/** Takes nothing but names and a connection, whoever calls it. undefined: it is no such call. */
export function parseCall(words: readonly string[]): GateCall | undefined {
  const [service = '', name = '', connection = '', asked, text = ''] = words
  const ask = ASKS.find((word) => word === asked)
  const named = /^[a-z0-9][a-z0-9-]*$/
  if (!named.test(service) || !named.test(name) || !/^[0-9A-Za-z:.% ]*$/.test(connection)) return undefined
  if (ask === undefined || words.length > 5) return undefined
  return { service, name, connection, ask, text }
}
