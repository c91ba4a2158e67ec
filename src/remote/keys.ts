import type { PublicKey } from '../config/public-key.js'
import type { Connection } from './connection.js'
import { runVerb, verbError } from './verbs.js'

/** A key that may deploy one service. */
export interface KeyGrant {
  service: string
  name: string
  key: PublicKey
  /** What it may serve: domains, and paths that begin and end with a slash. */
  routes: readonly { domain: string; path: string }[]
  /** A public key of Nix: closures it signed are taken. */
  signing: string | undefined
}

/** What adding a key gave. */
export interface AddedKey {
  service: string
  name: string
  fingerprint: string
  /** Who to log in as with it. */
  user: string
  changed: boolean
  /** What only a person can do, such as lines for a NixOS configuration. */
  manual: string | null
}

/** The keys of a host. */
export interface KeyList {
  /** The deploy user; null where there is none. */
  user: string | null
  keys: {
    service: string
    name: string
    fingerprint: string
    routes: string[]
    signing: string | null
    /** Seconds since 1970. */
    added: number
  }[]
}

/** Authorises a key, or changes what it may serve. */
export async function addKey(connection: Connection, grant: KeyGrant): Promise<AddedKey> {
  const lines = [
    `key=${grant.key.type} ${grant.key.base64}`,
    ...grant.routes.map(({ domain, path }) => `route=${domain} ${path}`),
    ...(grant.signing === undefined ? [] : [`signing=${grant.signing}`]),
  ]
  return JSON.parse(
    await keys(connection, ['add', grant.service, grant.name], `${lines.join('\n')}\n`),
  ) as AddedKey
}

/** Takes a key's access away. */
export async function removeKey(connection: Connection, service: string, name: string): Promise<void> {
  await keys(connection, ['remove', service, name])
}

export async function listKeys(connection: Connection): Promise<KeyList> {
  return JSON.parse(await keys(connection, ['list'])) as KeyList
}

async function keys(connection: Connection, args: string[], input?: string): Promise<string> {
  const result = await runVerb(connection, 'keys', args, input === undefined ? {} : { input })
  if (result.exitCode !== 0) throw verbError(connection, 'keys', result)
  return result.stdout
}
