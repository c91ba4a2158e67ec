import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolder, readOwn, writeOwn } from '../own-cache.js'

/**
 * The names that Nix found in the text of a file, asked again only when the text has changed: Nix takes a third of a second
 * to start, which each deploy would wait for.
 * @param ask undefined where Nix could not say.
 */
export async function namesInText(
  path: string,
  text: string,
  ask: () => Promise<string[] | undefined>,
): Promise<string[]> {
  const folder = cacheFolder('inputs')
  const file = `${digest(path)}.json`
  const of = digest(text)
  const before = kept(join(folder, file))
  if (before?.of === of) return before.names
  const names = await ask()
  if (names !== undefined) writeOwn(folder, file, JSON.stringify({ of, names }))
  return names ?? []
}

function kept(path: string): { of: string; names: string[] } | undefined {
  try {
    return JSON.parse(readOwn(path) ?? 'null') ?? undefined
  } catch {
    return undefined
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
