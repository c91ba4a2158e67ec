import { lstat, readdir, readlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Agent } from '../agent.js'

/** Files, folders and links of a site that are looked at; one with more is no site. */
const MOST_ENTRIES = 500_000
/** Links that lead to links, as the kernel follows them: path_resolution(7). */
const MOST_HOPS = 40
const STORE = ['nix', 'store'] as const

/** What a path leads to: a place in the closure, nothing at all, or somewhere else. */
type End = { real: string } | 'missing' | 'out'

/**
 * Throws where a link of what nginx serves for a site leads out of the package's closure: nginx would follow it to
 * whatever its own user may read. Each step of a link counts, since what lies elsewhere on the host may change.
 */
export async function requireLinksWithin(
  agent: Agent,
  storePath: string,
  dir: string,
  store = `/${STORE.join('/')}`,
): Promise<void> {
  const own = basename(storePath)
  let closure: ReadonlySet<string> | undefined
  const inClosure = async (name: string) => {
    if (name === own) return true
    closure ??= await closureOf(agent, storePath)
    return closure.has(name)
  }
  const refuse = (link: string) =>
    failed(`a link of the site leads out of its package: ${link}`, {
      why: 'nginx would serve what it leads to, which may be anything on the host.',
      next: 'Copy what it leads to into the package, or leave the link out.',
    })
  const start = await resolve([], `${storePath}/${dir}`, inClosure, store)
  if (start === 'out') throw refuse(`${storePath}/${dir}`)
  // A package that did not arrive is told of by whoever keeps it.
  if (start === 'missing') return
  const seen = new Set([start.real])
  const left = [start.real]
  let entries = 0
  for (let folder = left.pop(); folder !== undefined; folder = left.pop()) {
    const found = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') return []
      throw error
    })
    entries += found.length
    if (entries > MOST_ENTRIES) throw failed(`the site has more than ${MOST_ENTRIES} files`)
    for (const entry of found) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) left.push(path)
      if (!entry.isSymbolicLink()) continue
      const end = await resolve([], path, inClosure, store)
      if (end === 'out') throw refuse(path)
      if (end === 'missing' || seen.has(end.real)) continue
      seen.add(end.real)
      left.push(end.real)
    }
  }
}

/** Follows a path as the kernel does, as long as each step of it lies in the closure. */
async function resolve(
  from: readonly string[],
  target: string,
  inClosure: (name: string) => Promise<boolean>,
  store: string,
): Promise<End> {
  const above = store.split('/').filter(Boolean)
  let at = [...from]
  let hops = 0
  const rest = target.split('/')
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      at.pop()
      continue
    }
    at.push(part)
    if (at.length <= above.length) {
      if (part !== above[at.length - 1]) return 'out'
      continue
    }
    if (at.length === above.length + 1 && !(await inClosure(part))) return 'out'
    const path = `/${at.join('/')}`
    const there = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw error
    })
    if (there === undefined) return 'missing'
    if (!there.isSymbolicLink()) continue
    hops += 1
    if (hops > MOST_HOPS) return 'out'
    const next = await readlink(path)
    at = next.startsWith('/') ? [] : at.slice(0, -1)
    rest.unshift(...next.split('/'))
  }
  return at.length > above.length ? { real: `/${at.join('/')}` } : 'out'
}

async function closureOf(agent: Agent, storePath: string): Promise<ReadonlySet<string>> {
  const { code, stdout, stderr } = await agent.run(['nix-store', '--query', '--requisites', storePath])
  if (code !== 0) throw failed(`Nix does not know what ${storePath} needs`, { why: stderr.trim() })
  return new Set(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((path) => basename(path)),
  )
}
