import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import type { CacheConfig, Config } from '../../config/resolved.js'
import { cacheKeySchema } from '../../contract/cache.js'
import { usageError } from '../../errors.js'

/** The file beside the config that says which keys of caches are trusted. It is in git, so all who deploy trust the same. */
export const LOCK_FILE = 'slipway.lock'

const lockSchema = z.strictObject({
  version: z.literal(1),
  /** The public key of each cache, by its URL. */
  caches: z.record(z.string(), z.string().refine(isPublicKey, 'expected the public key of a cache')),
})

/** Public keys of caches, by the URL of each. */
export type CacheKeys = Readonly<Record<string, string>>

/** Whether a text is a public key of a cache. */
export function isPublicKey(text: string): boolean {
  return cacheKeySchema.safeParse(text).success
}

/**
 * The keys that the config's lock file trusts; none where there is no file.
 * @throws SlipwayError where it is there and can't be read: whom to trust is not guessed.
 */
export async function trustedKeys({ root }: Pick<Config, 'root'>): Promise<CacheKeys> {
  const path = join(root, LOCK_FILE)
  try {
    return lockSchema.parse(JSON.parse(await readFile(path, 'utf8'))).caches
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw usageError({
      what: `${path} can't be read`,
      why: error instanceof z.ZodError ? z.prettifyError(error) : String(error),
      still: 'Nothing was contacted or changed.',
      next: 'Take it from git as it was, or remove it and say again whom to trust: `slipway cache trust`.',
    })
  }
}

/** Has the lock file trust a cache's key from now on, in place of another. */
export async function trustKey(
  config: Pick<Config, 'root'>,
  { url }: Pick<CacheConfig, 'url'>,
  key: string,
): Promise<void> {
  const caches = { ...(await trustedKeys(config)), [url]: key }
  const sorted = Object.fromEntries(Object.entries(caches).sort(([one], [other]) => (one < other ? -1 : 1)))
  const path = join(config.root, LOCK_FILE)
  await writeFile(`${path}.new`, `${JSON.stringify({ version: 1, caches: sorted }, null, 2)}\n`)
  await rename(`${path}.new`, path)
}
