import type { Config } from '../../config/resolved.js'
import type { ReadCache } from '../../contract/cache.js'
import type { ClosurePath } from '../../contract/release.js'
import { MOST_PATHS } from '../../contract/verbs.js'
import { bytesOf, closuresOf } from '../../nix/closure.js'
import { localNix } from '../../nix/nix-runner.js'
import type { Whence } from '../../plan/plan.js'
import type { Login } from '../../remote/login.js'
import { timedNix } from '../debug.js'
import type { Engine } from '../engine.js'
import type { AllPrepared } from '../prepare.js'
import { settle } from '../settle.js'
import type { ClosureOf } from '../ship.js'
import { trustedKeys } from './lock.js'

type Asked = Pick<Login, 'host'> & { agent: Pick<Login['agent'], 'call'> }

/** Less than this comes sooner from here than a cache is asked for it. */
const WORTH_ASKING_BYTES = 1024 * 1024

/** The caches that hosts fetch from: those that are read over HTTP, by the keys that the lock file trusts. */
export async function readCaches(config: Pick<Config, 'root' | 'caches'>): Promise<ReadCache[]> {
  const over = config.caches.filter(({ url }) => /^https?:/.test(url))
  if (over.length === 0) return []
  const keys = await trustedKeys(config)
  return over.flatMap(({ name, url }) => {
    const key = keys[url]
    return key === undefined ? [] : [{ name, url, key }]
  })
}

/**
 * Looks where a host would get what it lacks for what was built; undefined: it lacks too little to ask, or can't tell.
 * Changes nothing.
 */
export async function whenceOf(
  engine: Pick<Engine, 'tell'>,
  login: Asked,
  { services, systems }: AllPrepared,
  caches: readonly ReadCache[],
): Promise<Whence | undefined> {
  if (caches.length === 0) return undefined
  const known = new Map(services.map(({ built }) => [built.package, built.closure]))
  const paths = [...known.keys(), ...systems.map(({ path }) => path)]
  const looked = await settle(
    askAbout(
      engine,
      login,
      paths,
      async (path) => known.get(path),
      async (lacking) => {
        const params = { caches: [...caches], paths: lacking.map(({ path }) => path) }
        const { found, problems } = await login.agent.call('lookInCaches', params)
        const there = new Set(found.flatMap((has) => has.paths))
        const rest = lacking.filter(({ path }) => !there.has(path))
        return { caches: found, here: { paths: rest.length, bytes: bytesOf(rest) }, problems }
      },
    ),
  )
  return looked.ok ? looked.value : undefined
}

/**
 * Has a host fetch from caches what it lacks of closures and they have, where that is worth it. What does not come, and any
 * failure, leaves the rest to be sent.
 */
export async function fetchLacking(
  engine: Pick<Engine, 'tell'>,
  login: Asked,
  paths: readonly string[],
  closureOf: ClosureOf,
  caches: readonly ReadCache[],
): Promise<void> {
  if (caches.length === 0 || paths.length === 0) return
  await settle(
    askAbout(engine, login, paths, closureOf, async (lacking) => {
      const params = { caches: [...caches], paths: lacking.map(({ path }) => path) }
      const { found, problems } = await login.agent.call('fetchPaths', params)
      if (found.length + problems.length > 0) {
        engine.tell({ type: 'cache-fetched', host: login.host, found, problems })
      }
    }),
  )
}

/** Does something with what a host lacks of closures, where that is worth it: of many, as many as one call names. */
async function askAbout<T>(
  engine: Pick<Engine, 'tell'>,
  { agent }: Asked,
  paths: readonly string[],
  closureOf: ClosureOf,
  work: (lacking: readonly ClosurePath[]) => Promise<T>,
): Promise<T | undefined> {
  const found = await Promise.all(paths.map(async (path) => [path, await closureOf(path)] as const))
  const unknown = found.flatMap(([path, closure]) => (closure === undefined ? [path] : []))
  const asked = await closuresOf(timedNix(engine, localNix('/')), unknown)
  const all = [...found.flatMap(([, closure]) => closure ?? []), ...[...asked.values()].flat()]
  const known = new Map(all.map((item) => [item.path, item]))
  const answer = await agent.call('lacking', { paths: [...known.keys()].slice(0, MOST_PATHS) })
  const lacking = answer.paths.flatMap((path) => known.get(path) ?? [])
  return bytesOf(lacking) < WORTH_ASKING_BYTES ? undefined : work(lacking)
}
