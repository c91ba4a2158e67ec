import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { requireCache } from './places.js'

/** What tells a cache's own signatures from others. */
export async function cacheInfo(agent: Agent, cache: string): Promise<Result<'cacheInfo'>> {
  const { key } = await requireCache(agent, cache)
  const publicKey = (await readText(join(key, 'public')))?.trim()
  if (!publicKey) throw failed(`the key of the cache ${cache} can't be read`)
  return { publicKey }
}
