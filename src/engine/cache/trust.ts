import type { CacheConfig, Config } from '../../config/resolved.js'
import { usageError } from '../../errors.js'
import type { Login } from '../../remote/login.js'
import type { Engine } from '../engine.js'
import { call } from '../host-error.js'
import { onHost } from '../login.js'
import { hostOf } from '../selection.js'
import type { Session } from '../session.js'
import { settle } from '../settle.js'
import { isPublicKey, LOCK_FILE, trustedKeys, trustKey } from './lock.js'

/** Whose key is trusted from now on, and the one that was before. */
export interface Trusted {
  url: string
  key: string
  before: string | undefined
}

/**
 * Has the config's lock file trust a cache: one of its own as its host tells over ssh, another by the key that is given.
 * Nobody's key is taken from where it is read.
 */
export async function trustCache(
  engine: Engine,
  config: Config,
  cache: CacheConfig,
  given: string | undefined,
): Promise<Trusted> {
  const { name, url, host } = cache
  if (given !== undefined && !isPublicKey(given)) {
    throw usageError({
      what: `"${given}" is no public key of a cache`,
      next: 'It looks like NAME-1:BASE64=, with 44 characters after the colon.',
    })
  }
  if (given === undefined && host === null) {
    throw usageError({
      what: `${name} is not on one of your hosts: its key has to be given`,
      still: 'Nothing was contacted or changed.',
      next: `slipway cache trust ${name} KEY, with the key that its owner publishes.`,
    })
  }
  const key = given ?? (await onHost(engine, hostOf(config, host ?? ''), (login) => keyFrom(login, name)))
  const before = (await trustedKeys(config))[url]
  if (before !== key) await trustKey(config, cache, key)
  return { url, key, before }
}

async function keyFrom(login: Login, cache: string): Promise<string> {
  return (await call(login, 'cacheInfo', { cache })).publicKey
}

/**
 * Learns the keys of the config's own caches from the hosts that were just deployed to. One that is trusted stays so: where
 * the host has another, that is told.
 */
export async function learnKeys(engine: Engine, config: Config, sessions: readonly Session[]): Promise<void> {
  const known = await trustedKeys(config)
  for (const cache of config.caches) {
    const session = sessions.find(({ host }) => host.name === cache.host)
    if (session === undefined || session.report.host.key !== null) continue
    if (!session.plan.services.some(({ service }) => service === cache.name)) continue
    const found = await settle(keyFrom(session.login, cache.name))
    // A deploy that failed has told why there is no cache.
    if (!found.ok) continue
    const { [cache.url]: trusted } = known
    if (trusted === found.value) continue
    const kept = trusted === undefined ? await settle(trustKey(config, cache, found.value)) : undefined
    const what = kept === undefined ? 'differs' : kept.ok ? 'learned' : 'not-kept'
    engine.tell({ type: 'cache-key', cache: cache.name, what, file: LOCK_FILE })
  }
}
