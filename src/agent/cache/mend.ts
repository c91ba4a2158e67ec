import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Agent } from '../agent.js'
import { listFolder, readText } from '../files.js'
import { parseNarinfo } from './narinfo.js'
import { type CachePlaces, cachePlaces } from './places.js'
import { whileAlone } from './turns.js'

/** What is in a cache's folder while something is added to it. */
export const ADDING = 'adding-'
/** What Nix calls a file that is not whole yet (nix/src/libstore/local-binary-cache-store.cc). */
const UNFINISHED = /\.tmp(?:\.\d+)+$/

/** Puts right what a power cut, or the end of the agent, left of caches that something was being added to. */
export async function mendCaches(agent: Agent): Promise<void> {
  for (const cache of await listFolder(agent.places.caches)) {
    const places = cachePlaces(agent, cache)
    const marks = (await listFolder(places.dir)).filter((name) => name.startsWith(ADDING))
    if (marks.length > 0) await whileAlone(cache, () => mend(agent, places, marks))
  }
}

async function mend({ files, log }: Agent, places: CachePlaces, marks: readonly string[]): Promise<void> {
  for (const folder of [places.files, join(places.files, 'nar')]) {
    const unfinished = (await listFolder(folder)).filter((name) => UNFINISHED.test(name))
    for (const name of unfinished) await files.remove(join(folder, name))
  }
  const told = (await listFolder(places.files)).filter((name) => name.endsWith('.narinfo'))
  const entries = await Promise.all(told.map((name) => entryOf(places, name)))
  const broken = brokenOf(entries)
  for (const { name } of broken) await files.remove(join(places.files, name))
  if (broken.length > 0) log.warning(`${places.dir}: took out ${broken.length} paths that had not come whole`)
  for (const mark of marks) await files.remove(join(places.dir, mark))
}

/** What a cache tells of a path, and whether its archive is there. */
export interface Entry {
  /** Its file. */
  name: string
  /** The store path's name. */
  path: string
  references: readonly string[]
  whole: boolean
}

async function entryOf({ files }: CachePlaces, name: string): Promise<Entry> {
  const info = parseNarinfo((await readText(join(files, name))) ?? '')
  if (info === undefined) return { name, path: '', references: [], whole: false }
  const found = await stat(join(files, info.url)).catch(() => undefined)
  const { references, fileSize } = info
  return {
    name,
    path: basename(info.storePath),
    references,
    whole: found?.isFile() === true && found.size === fileSize,
  }
}

/** What has to go: whatever is not whole, and all that needs it; the latter first, so that nothing ever lacks what it needs. */
export function brokenOf(entries: readonly Entry[]): Entry[] {
  const byHash = new Map(entries.map((entry) => [entry.name.slice(0, 32), entry]))
  const users = new Map<Entry, Entry[]>()
  for (const entry of entries) {
    for (const reference of entry.references) {
      const needed = byHash.get(reference.slice(0, 32))
      if (needed !== undefined && needed !== entry) users.set(needed, [...(users.get(needed) ?? []), entry])
    }
  }
  const last = new Set<Entry>()
  const take = (first: Entry) => {
    // Depth first without recursion: chains are long.
    const stack = [{ entry: first, left: [...(users.get(first) ?? [])] }]
    const seen = new Set([first])
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.left.pop()
      if (next === undefined) {
        last.add(top.entry)
        stack.pop()
      } else if (!seen.has(next) && !last.has(next)) {
        seen.add(next)
        stack.push({ entry: next, left: [...(users.get(next) ?? [])] })
      }
    }
  }
  const lacking = (entry: Entry) => entry.references.some((reference) => !byHash.has(reference.slice(0, 32)))
  for (const entry of entries) if ((!entry.whole || lacking(entry)) && !last.has(entry)) take(entry)
  return [...last]
}
