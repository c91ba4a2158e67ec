import { lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { NginxTree } from '../../release/nginx-tree.js'
import type { Agent } from '../agent.js'
import { listFolder, readLink, readText } from '../files.js'

/** The errors of a disk, or a share of it, that has no room. */
const FULL = new Set(['ENOSPC', 'EDQUOT'])
/** No part of a path leads up, or is hidden. */
const PATH_IN_TREE = /^[\w@-][\w.@-]*(\/[\w@-][\w.@-]*)*$/

/** The texts below a folder, by path in it; links in it are not followed. */
export async function readTree(folder: string): Promise<NginxTree> {
  const names = await listFolder(folder)
  const found = await Promise.all(
    names.map(async (name): Promise<[string, string][]> => {
      const path = join(folder, name)
      if ((await lstat(path)).isDirectory()) {
        return Object.entries(await readTree(path)).map(([below, text]) => [`${name}/${below}`, text])
      }
      const text = await readText(path)
      return text === undefined ? [] : [[name, text]]
    }),
  )
  return Object.fromEntries(found.flat())
}

export function sameTree(one: NginxTree, other: NginxTree): boolean {
  const paths = Object.keys(one)
  return paths.length === Object.keys(other).length && paths.every((path) => one[path] === other[path])
}

/** A tree on the disk. */
export interface LaidTree {
  folder: string
  texts: NginxTree
}

/** How a tree is written. */
export interface WriteOptions {
  /** A tree of which unchanged files are taken as they are. */
  like?: LaidTree
  /** Whether it is to outlive a power cut. */
  durable?: boolean
}

/** Writes a tree to a new folder. */
export async function writeTree(
  agent: Agent,
  folder: string,
  texts: NginxTree,
  { like, durable = false }: WriteOptions = {},
): Promise<void> {
  const wrong = Object.keys(texts).find((path) => !PATH_IN_TREE.test(path))
  if (wrong !== undefined) throw failed(`nginx has no place for a file ${wrong}`)
  const place = async ([path, text]: [string, string]) => {
    const to = join(folder, path)
    if (like?.texts[path] === text) return agent.files.hardLink(join(like.folder, path), to)
    await agent.files.put(to, text)
    if (durable) await agent.files.sync(to)
  }
  try {
    await agent.files.makeFolder(folder)
    for (const below of new Set(Object.keys(texts).map(dirname)))
      await agent.files.makeFolder(join(folder, below))
    // All have ended before one's failure is told: the folder may be removed then.
    const placed = await Promise.allSettled(Object.entries(texts).map(place))
    for (const result of placed) if (result.status === 'rejected') throw result.reason
    // Names get to the disk in the order in which they were given: with the link, if not before.
  } catch (error) {
    throw unwritten("nginx's configuration could not be written", error)
  }
}

/** A failure to write, as callers are told of it. */
export function unwritten(what: string, error: unknown): Error {
  if (!(error instanceof Error)) return failed(what, { why: String(error) })
  const { code = '' } = error as NodeJS.ErrnoException
  return failed(what, { why: error.message, ...(FULL.has(code) && { full: true }) })
}

/** Has nginx's configuration include something: a tree without releases, where there is none yet. */
export async function ensureTree(agent: Agent, none: NginxTree): Promise<void> {
  const { nginx, nginxTrees } = agent.places
  if ((await readLink(nginx)) !== undefined) return
  await agent.files.remove(join(nginxTrees, EMPTY_TREE))
  await writeTree(agent, join(nginxTrees, EMPTY_TREE), none, { durable: true })
  await agent.files.link(treeTarget(EMPTY_TREE), nginx)
}

/** Also what nix/host.nix has nginx include before the first deploy. */
const EMPTY_TREE = 'tree.empty'

/** Where the link of the live tree leads, as it is written. */
export function treeTarget(name: string): string {
  return `nginx-trees/${name}`
}
