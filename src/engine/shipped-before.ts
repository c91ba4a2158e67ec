import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolder, readOwn, writeOwn } from '../own-cache.js'

/** Older ones are forgotten: a host may have lost them, and they come again only by a rollback. */
const MOST_REMEMBERED = 500

/** The store paths that were copied to a host from this machine. It may have lost them since. */
export function shippedBefore(destination: string): ReadonlySet<string> {
  try {
    return new Set(JSON.parse(readOwn(join(folder(), nameOf(destination))) ?? '[]') as string[])
  } catch {
    return new Set()
  }
}

/** Remembers that a host has store paths. */
export function rememberShipped(destination: string, paths: readonly string[]): void {
  const before = shippedBefore(destination)
  if (paths.every((path) => before.has(path))) return
  const all = new Set([...paths, ...before])
  writeOwn(folder(), nameOf(destination), JSON.stringify([...all].slice(0, MOST_REMEMBERED)))
}

function folder(): string {
  return cacheFolder('shipped')
}

function nameOf(destination: string): string {
  return `${createHash('sha256').update(destination).digest('hex').slice(0, 32)}.json`
}
