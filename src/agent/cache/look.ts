import pLimit from 'p-limit'
import type { CacheHas, CacheProblem, ReadCache } from '../../contract/cache.js'
import { isSignedBy, type Narinfo, parseNarinfo } from './narinfo.js'

/** How long a cache may take to tell what it has, all in all, in milliseconds: whoever waits could be sending instead. */
const LOOK_MS = 3_000
/** How many paths it is asked for at a time. */
const AT_ONCE = 32
/** What is told of a path is some hundred bytes, and more for many references. */
const MAX_BYTES = 1024 * 1024

/** What caches have of some paths, each from the first that has it, and what keeps others from being of use. */
export interface Look {
  found: CacheHas[]
  problems: CacheProblem[]
}

/** Asks caches, in their order, which of some store paths they have and whether whom the host trusts has signed them. */
export async function lookInCaches(
  caches: readonly ReadCache[],
  paths: readonly string[],
  ask: typeof fetch = fetch,
): Promise<Look> {
  const look: Look = { found: [], problems: [] }
  let left = [...paths]
  for (const cache of caches) {
    if (left.length === 0) break
    const { has, problems } = await lookInOne(cache, left, ask)
    look.problems.push(...problems)
    if (has.paths.length > 0) look.found.push(has)
    left = left.filter((path) => !has.paths.includes(path))
  }
  return look
}

async function lookInOne(cache: ReadCache, paths: readonly string[], ask: typeof fetch) {
  const over = new AbortController()
  const late = setTimeout(() => over.abort(new Error(`no answer within ${LOOK_MS / 1000} s`)), LOOK_MS)
  const limit = pLimit(AT_ONCE)
  const has: CacheHas = { cache: cache.name, paths: [], bytes: 0 }
  const counts = { unsigned: 0, 'wrong-key': 0, broken: 0 }
  try {
    await Promise.all(
      paths.map((path) =>
        limit(async () => {
          const info = await narinfoOf(cache, path, ask, over.signal)
          if (info === undefined) return
          const problem = problemOf(info, path, cache)
          if (problem !== undefined) counts[problem] += 1
          else if (info !== null) {
            has.paths.push(path)
            has.bytes += info.fileSize ?? info.narSize
          }
        }),
      ),
    )
  } catch (error) {
    // What it has told by then is as good.
    over.abort(error)
    return { has, problems: [{ cache: cache.name, kind: 'down' as const, paths: 0, why: reasonOf(error) }] }
  } finally {
    clearTimeout(late)
  }
  const problems = (['unsigned', 'wrong-key', 'broken'] as const).flatMap((kind): CacheProblem[] =>
    counts[kind] === 0 ? [] : [{ cache: cache.name, kind, paths: counts[kind], why: WHY[kind] }],
  )
  return { has, problems }
}

const WHY = {
  unsigned: 'not signed by anybody',
  'wrong-key': 'signed by others than the key that is trusted',
  broken: 'what it tells of them is not what Nix would take',
}

/** What a cache tells of a path; undefined: it has none such; null: what it tells makes no sense. */
async function narinfoOf(
  { url }: ReadCache,
  path: string,
  ask: typeof fetch,
  signal: AbortSignal,
): Promise<Narinfo | null | undefined> {
  const hash = path.slice('/nix/store/'.length).slice(0, 32)
  const answer = await ask(`${url}/${hash}.narinfo`, { signal })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    // What a cache answers for what it has not (nix/src/libstore/filetransfer.cc).
    if ([401, 403, 404, 410].includes(answer.status)) return undefined
    throw new Error(`it answered ${answer.status}`)
  }
  if (Number(answer.headers.get('content-length') ?? 0) > MAX_BYTES) return null
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > MAX_BYTES) return null
  }
  return parseNarinfo(text) ?? null
}

function problemOf(info: Narinfo | null, path: string, { key }: ReadCache): keyof typeof WHY | undefined {
  if (info === null || info.storePath !== path) return 'broken'
  if (info.signatures.length === 0) return 'unsigned'
  return isSignedBy(info, key) ? undefined : 'wrong-key'
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
