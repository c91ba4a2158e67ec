import type { CacheConfig, Config } from '../../config/resolved.js'
import type { ClosurePath } from '../../contract/release.js'
import { MOST_PATHS } from '../../contract/verbs.js'
import { SlipwayError, usageError } from '../../errors.js'
import { closuresOf } from '../../nix/closure.js'
import { pushTo } from '../../nix/nix-command.js'
import { localNix } from '../../nix/nix-runner.js'
import type { Login } from '../../remote/login.js'
import { timedNix } from '../debug.js'
import type { Engine } from '../engine.js'
import { call } from '../host-error.js'
import { loginTo } from '../login.js'
import { reportOf } from '../report.js'
import { hostOf } from '../selection.js'
import { endOf, ship } from '../ship.js'
import { withOwnAgent } from '../upgrade.js'
import { cachixName, pushToCachix } from './cachix.js'

/** What a cache got. */
export interface Pushed {
  cache: string
  /** How many paths were new to it, and their bytes there; null: it does not tell. */
  paths: number | null
  bytes: number | null
}

/** Whether packages can be pushed to a cache from here: others are only read over HTTP, unless they are Cachix'. */
export function isPushed({ url, host }: CacheConfig): boolean {
  return host !== null || !/^https?:/.test(url) || cachixName(url) !== undefined
}

/**
 * Brings paths of this machine's store, and all they need, to a cache.
 * @throws SlipwayError where it did not take them all. What it has taken is whole.
 */
export async function pushToCache(
  engine: Engine,
  config: Config,
  cache: CacheConfig,
  paths: readonly string[],
): Promise<Pushed> {
  const { name, url, host } = cache
  const nothing = { cache: name, paths: null, bytes: null }
  if (paths.length === 0) return { ...nothing, paths: 0, bytes: 0 }
  if (host !== null) return pushToOwn(engine, config, name, host, paths)
  if (!isPushed(cache)) {
    throw usageError({
      what: `${url} is only read`,
      next: 'Push to a cache of your own (`cache()`), to NAME.cachix.org, or to a store of s3://, ssh-ng:// or file://.',
    })
  }
  const cachix = cachixName(url)
  if (cachix !== undefined) await pushToCachix(engine, cachix, paths)
  else await pushByNix(engine, config, cache, paths)
  return nothing
}

/** Nix itself knows what is missing, in which order it goes, and how it gets in. */
async function pushByNix(
  engine: Engine,
  config: Config,
  { name, url }: CacheConfig,
  paths: readonly string[],
) {
  const nix = timedNix(engine, localNix(config.root, engine.signal))
  const { exitCode, stderr } = await nix.run(pushTo(url, paths))
  if (exitCode === 0) return
  throw new SlipwayError({ what: `the cache ${name} did not take all`, why: endOf(stderr.trim()) })
}

async function pushToOwn(
  engine: Engine,
  config: Config,
  cache: string,
  hostName: string,
  paths: readonly string[],
): Promise<Pushed> {
  const host = hostOf(config, hostName)
  const listing = closuresOf(timedNix(engine, localNix(config.root, engine.signal)), paths)
  listing.catch(() => undefined)
  const login = await withOwnAgent(engine, host, await loginTo(engine, host))
  try {
    const closures = await listing
    if (!(await lacksAny(login, cache, [...closures.values()].flat()))) return { cache, paths: 0, bytes: 0 }
    const { became } = login.agent.hello
    const facts = became ? (await reportOf(login)).host : { nixStore: null, became }
    await ship(engine, login, facts, [...new Set(paths)], async (path) => closures.get(path), host)
    return { cache, ...(await call(login, 'cacheAdd', { cache, paths: [...new Set(paths)] })) }
  } finally {
    login.close()
  }
}

async function lacksAny(login: Login, cache: string, closure: readonly ClosurePath[]): Promise<boolean> {
  const all = [...new Set(closure.map(({ path }) => path))]
  for (let from = 0; from < all.length; from += MOST_PATHS) {
    const { paths } = await call(login, 'cacheLacking', { cache, paths: all.slice(from, from + MOST_PATHS) })
    if (paths.length > 0) return true
  }
  return false
}
