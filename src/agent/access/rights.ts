import type { KeyRecord } from './key-record.js'

/** The key for one service that a login came with. */
export interface KeySession {
  service: string
  name: string
}

/** A domain, and a path that begins and ends with a slash: what lies below it may be served. */
export interface Grant {
  domain: string
  path: string
}

/** What a key may do: deploy one service, at some URLs. */
export interface Rights extends KeySession {
  routes: readonly Grant[]
}

export function keyRights({ service, name }: KeySession, record: Pick<KeyRecord, 'routes'>): Rights {
  return { service, name, routes: record.routes }
}

/** How long a grant for a URL is, of those that cover it: the longer, the more exact; undefined: none covers it. */
export function grantFor(rights: Rights, domain: string, path: string): number | undefined {
  const lengths = rights.routes
    .filter((grant) => grant.domain === domain && path.startsWith(grant.path))
    .map((grant) => grant.path.length)
  return lengths.length === 0 ? undefined : Math.max(...lengths)
}

/** Who did something, as history and locks name them. */
export function keyWho(who: string, key: KeySession): string {
  return `${who} (key ${key.name})`
}

/** The answer to whatever a key may not ask for. */
export function refusedText({ service }: KeySession): string {
  return `this key deploys ${service}, and does nothing else`
}
