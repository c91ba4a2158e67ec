import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { exists, readText } from '../files.js'
import { ADDING } from './mend.js'
import { type CachePlaces, narinfoFile, requireCache } from './places.js'
import { whileStays } from './turns.js'

/** How long it may take to read, compress and sign what is new, in milliseconds: some 100 GB. */
const ADD_MS = 3_600_000

const FEATURES = ['--extra-experimental-features', 'nix-command']

/** Those of some store paths that a cache does not have. */
export async function lackingInCache(
  agent: Agent,
  cache: string,
  paths: readonly string[],
): Promise<string[]> {
  return lacking(await requireCache(agent, cache), paths)
}

async function lacking(places: CachePlaces, paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map((path) => exists(narinfoFile(places, path))))
  return paths.filter((_path, index) => !there[index])
}

/**
 * Adds store paths of this host to a cache, with all they need. Each is first compared with its hash. Nix writes it,
 * after what it needs, to a file beside its place, and renames it; a mark tells the agent's next start where a power cut may have come between.
 */
export async function addToCache(
  agent: Agent,
  { cache, paths }: { cache: string; paths: readonly string[] },
): Promise<Result<'cacheAdd'>> {
  const places = await requireCache(agent, cache)
  return whileStays(cache, async () => {
    const closure = await ask(agent, ['nix-store', '--query', '--requisites', ...paths], 'their closure')
    const added = await lacking(places, [...new Set(closure.split('\n').filter(Boolean))])
    if (added.length === 0) return { paths: 0, bytes: 0 }
    await ask(agent, ['nix-store', '--verify-path', ...added], 'their hashes')
    const mark = join(places.dir, `${ADDING}${randomBytes(6).toString('hex')}`)
    await agent.files.write(mark, '')
    const store = `file://${places.files}?compression=zstd&parallel-compression=true&write-nar-listing=true&secret-key=${places.key}/secret`
    await ask(agent, ['nix', 'copy', ...FEATURES, '--no-recursive', '--to', store, ...added], 'the cache')
    await agent.files.sync(places.files)
    await agent.files.remove(mark)
    const infos = await Promise.all(added.map((path) => readText(narinfoFile(places, path))))
    const bytes = infos.map((text) => Number(/^FileSize: (\d+)$/m.exec(text ?? '')?.[1] ?? 0))
    return { paths: added.length, bytes: bytes.reduce((sum, one) => sum + one, 0) }
  })
}

async function ask(agent: Agent, argv: string[], what: string): Promise<string> {
  const { code, stdout, stderr, timedOut } = await agent.run(argv, { timeoutMs: ADD_MS })
  if (code === 0) return stdout
  throw failed(`the paths were not all added: ${argv[0]} failed for ${what}`, {
    why: timedOut ? 'It took too long.' : stderr.trim(),
    full: /No space left on device/.test(stderr),
    next: 'What was added is whole, and stays. Run the command again.',
  })
}
