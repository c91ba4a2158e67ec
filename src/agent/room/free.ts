import { statfs } from 'node:fs/promises'

/** What stays free of each disk on which keys have something written, in bytes: for services, logs and whoever deploys. */
export const ROOM_BYTES = 1024 ** 3
/** How often the room is looked at while something is written, in milliseconds: a fast disk takes 2 GB a second. */
const POLL_MS = 250

/** Where packages come to lie. */
export const NIX_STORE = '/nix/store'
/** The same, and where Nix builds them. */
export const STORE_DISKS = [NIX_STORE, '/var/tmp'] as const

/** What is free of the fullest of the disks of some paths, in bytes. */
export async function freeBytes(paths: readonly string[]): Promise<number> {
  const free = paths.map(async (path) => {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  })
  return Math.min(...(await Promise.all(free)))
}

/**
 * Looks at the room until what this gives is called; calls `full` once, where there is no more than what stays free, or
 * nobody knows.
 */
export function watchRoom(paths: readonly string[], full: () => void): () => void {
  let over = false
  const end = () => {
    over = true
    clearInterval(watch)
  }
  const look = async () => {
    const free = await freeBytes(paths).catch(() => 0)
    if (over || free >= ROOM_BYTES) return
    end()
    full()
  }
  const watch = setInterval(() => void look(), POLL_MS)
  void look()
  return end
}
