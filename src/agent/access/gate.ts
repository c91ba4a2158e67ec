import { join } from 'node:path'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { type Rights, refusedText } from './rights.js'

/** What the keys of the deploy user run instead of what they ask for, and all that sudo lets it run. */
export function gateFile(agent: Pick<Agent, 'places'>): string {
  return join(agent.places.access, 'gate')
}

/** The gate as a file: it hands everything to the agent's program, see src/agent/gate.ts. */
export function gateText(agents: string): string {
  return `#!${agents}/node/bin/node
// Written by \`slipway setup --deploy-user\`: what a key may do on this host.
process.argv.splice(2, 0, 'gate', '--')
require('${agents}/current/agent.cjs')
`
}

/** The gate's word for the service of a key that was granted by name; no service is called so. */
const NO_SERVICE = '-'

/** The words by which the gate knows a key. */
export function gateWords({ service, name }: Key): [service: string, name: string] {
  return [service ?? NO_SERVICE, name]
}

/** The key of the gate's first words; undefined: that is none. */
export function keyOfWords([service = '', name = '']: readonly string[]): Key | undefined {
  const named = /^[a-z0-9][a-z0-9-]*$/
  if (!named.test(name) || (service !== NO_SERVICE && !named.test(service))) return undefined
  return { service: service === NO_SERVICE ? null : service, name }
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

/** Judges a command line. Nothing of it is run. `rights`: undefined for a key that was removed. */
export function judge(
  asked: string | undefined,
  rights: Pick<Rights, 'services' | 'observe'> | undefined,
): Judged {
  if (asked !== undefined && (/\p{Cc}/u.test(asked) || asked.length > MOST_CHARACTERS)) {
    return { kind: 'refuse', reason: 'that is no command of slipway' }
  }
  // The agent tells better why it is not taken.
  if (asked !== undefined && CONNECT.test(asked)) return { kind: 'connect' }
  if (rights === undefined) return { kind: 'refuse', reason: 'this key is no longer authorised' }
  if (asked !== undefined && COPY.test(asked) && rights.services.length > 0) return { kind: 'copy' }
  return { kind: 'refuse', reason: refusedText(rights) }
}

/** What was asked, for a line of the journal. */
export function askedText(asked: string | undefined): string {
  return asked === undefined || asked === '' ? 'a shell' : asked
}

/** What the half of the gate that is root is asked for: nothing that would change the host. */
const ASKS = ['connect', 'copy', 'refused'] as const

/** The words that sudo hands on: whose key it is, over which connection, and what for. */
export interface GateCall {
  key: Key
  connection: string
  /** To bring the login to the agent; to say whether store paths may be sent; to write down what was refused. */
  ask: (typeof ASKS)[number]
  /** What was refused. */
  text: string
}

/** Takes nothing but names and a connection, whoever calls it. undefined: it is no such call. */
export function parseCall(words: readonly string[]): GateCall | undefined {
  const [, , connection = '', asked, text = ''] = words
  const key = keyOfWords(words)
  const ask = ASKS.find((word) => word === asked)
  if (key === undefined || !/^[0-9A-Za-z:.% ]*$/.test(connection)) return undefined
  if (ask === undefined || words.length > 5) return undefined
  return { key, connection, ask, text }
}
