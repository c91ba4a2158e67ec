import { CallFailed } from '../../contract/failure.js'
import type { Key } from '../../contract/key.js'
import type { Agent } from '../agent.js'
import { readKey } from './key-record.js'
import { keyRights, type Rights } from './rights.js'

/** What a key may do as things stand: asked for with each call, since it may have been removed since. */
export async function rightsOf(agent: Agent, key: Key): Promise<Rights> {
  const record = await readKey(agent, key)
  if (record === undefined) throw refused(['this key is no longer authorised'])
  return keyRights(key, record)
}

/** The answer to whatever a key may not do. */
export function refused(reasons: string[]): CallFailed {
  return new CallFailed({ kind: 'refused', reasons })
}
