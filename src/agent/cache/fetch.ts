import type { CacheHas, CacheProblem, ReadCache } from '../../contract/cache.js'
import type { Agent } from '../agent.js'
import { lackingPaths } from '../realise/import.js'
import { type Look, lookInCaches } from './look.js'

/** The time that a fetch may take whatever it is of, in milliseconds, and the slowest cache that is worth waiting for. */
const FETCH_MS = 15_000
const SLOWEST_BYTES_PER_SECOND = 1024 * 1024

/** Answers of the last hours are not relied on; what stalls or fails is given up soon, since it can be sent instead. */
const SETTINGS = {
  'narinfo-cache-negative-ttl': '0',
  'narinfo-cache-positive-ttl': '0',
  'connect-timeout': '5',
  'download-attempts': '2',
  'stalled-download-timeout': '10',
  'http-connections': '32',
}

/**
 * Has Nix fetch what caches have of some store paths, each path by the key of its cache. What it does not get, whoever asks
 * still can send: nothing here is an error.
 */
export async function fetchPaths(
  agent: Agent,
  { caches, paths }: { caches: readonly ReadCache[]; paths: readonly string[] },
  lack = (some: readonly string[]) => lackingPaths(agent, some),
): Promise<Look> {
  const { found, problems } = await lookInCaches(caches, await lack(paths))
  const fetched: CacheHas[] = []
  for (const has of found) {
    const cache = caches.find(({ name }) => name === has.cache)
    if (cache === undefined) continue
    const problem = await fetchFrom(agent, cache, has)
    if (problem !== undefined) problems.push(problem)
    const missing = new Set(await lack(has.paths))
    const got = has.paths.filter((path) => !missing.has(path))
    const share = problem === undefined ? has.bytes : Math.round((has.bytes * got.length) / has.paths.length)
    if (got.length > 0) fetched.push({ ...has, paths: got, bytes: share })
  }
  return { found: fetched, problems }
}

async function fetchFrom(
  agent: Agent,
  { name, url, key }: ReadCache,
  { paths, bytes }: CacheHas,
): Promise<CacheProblem | undefined> {
  const settings = { ...SETTINGS, substituters: url, 'trusted-public-keys': key, substitute: 'true' }
  const options = Object.entries(settings).flatMap(([setting, value]) => ['--option', setting, value])
  const argv = ['nix-store', '--realise', ...paths, '--keep-going', '--max-jobs', '0', ...options]
  const timeoutMs = FETCH_MS + Math.ceil((bytes * 1000) / SLOWEST_BYTES_PER_SECOND)
  const { code, stderr, timedOut } = await agent.run(argv, { timeoutMs })
  if (code === 0) return undefined
  const last =
    stderr
      .trim()
      .split('\n')
      .findLast((line) => /error/.test(line)) ?? `nix-store ended with ${code}`
  return {
    cache: name,
    kind: timedOut ? 'down' : 'broken',
    paths: 0,
    why: timedOut ? 'it was too slow' : last,
  }
}
