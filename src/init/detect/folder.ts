import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { gitCommit, trackedFiles, untrackedFiles } from '../../nix/git.js'
import type { FileTree } from './tree.js'

/** Larger files are data, bundles or lock files of others: no recogniser reads them. */
const MAX_FILE_BYTES = 8 * 1024 * 1024

/** What is never source, where no git says so. */
const SKIPPED_DIRS = new Set(
  '.git .hg .svn .direnv .venv venv node_modules target __pycache__ .next .astro dist result'.split(' '),
)

/** What stands in a name for bytes that are no text. */
const UNKNOWN = '\uFFFD'

/** What git knows of a folder. */
export interface GitState {
  /** Whether the folder is in a repository. */
  repository: boolean
  commits: boolean
  /** Files that are neither tracked nor ignored: Nix doesn't see them yet. */
  untracked: readonly string[]
}

/**
 * A folder as a tree, and what git knows of it.
 * @throws SlipwayError where git refuses to tell.
 */
export async function openFolder(path: string): Promise<{ tree: FileTree; git: GitState }> {
  const root = realpathSync(resolve(path))
  const tracked = await trackedFiles(root)
  const untracked = await untrackedFiles(root)
  const listed = new Set(tracked === undefined ? walk(root, '') : [...tracked, ...untracked])
  const files = [...listed].filter((file) => isFile(root, file, listed)).sort()
  const known = new Set(files)
  const unread = new Map(
    [...listed]
      .filter((file) => file.includes(UNKNOWN) && !lstatSync(join(root, file), { throwIfNoEntry: false }))
      .map((file) => [file, 'its name is no UTF-8 text']),
  )
  const read = (file: string) => {
    const content = readText(join(root, file))
    if ('text' in content) return content.text
    unread.set(file, content.problem)
    return undefined
  }
  return {
    tree: {
      name: basename(root),
      files,
      read: (file) => (known.has(file) ? read(file) : undefined),
      unread,
      isIgnored: (file) => !known.has(file) && existsSync(join(root, file)),
    },
    git: {
      repository: tracked !== undefined,
      commits: tracked !== undefined && (await gitCommit(root)) !== null,
      untracked,
    },
  }
}

/** A file, or a link to one that Nix would see too. */
function isFile(root: string, file: string, listed: ReadonlySet<string>): boolean {
  const info = lstatSync(join(root, file), { throwIfNoEntry: false })
  if (!info?.isSymbolicLink()) return info?.isFile() === true
  if (!existsSync(join(root, file))) return false
  const target = realpathSync(join(root, file))
  return listed.has(relative(root, target)) && lstatSync(target).isFile()
}

function walk(root: string, dir: string): string[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = dir === '' ? entry.name : `${dir}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED_DIRS.has(entry.name) ? [] : walk(root, path)
    return entry.isFile() || entry.isSymbolicLink() ? [path] : []
  })
}

/** What the mark at a file's start says of its encoding (Unicode Standard, 23.8); without one it is UTF-8. */
const MARKS = [
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
] as const

/** A file's text without its byte order mark, or why it has none that can be read. */
export function readText(path: string): { text: string } | { problem: string } {
  try {
    if (lstatSync(realpathSync(path)).size > MAX_FILE_BYTES) {
      return { problem: `it is larger than ${MAX_FILE_BYTES / 1024 / 1024} MiB` }
    }
    const bytes = readFileSync(path)
    const mark = MARKS.find((candidate) => candidate.bytes.every((byte, index) => bytes[index] === byte))
    const encoding = mark?.encoding ?? 'utf-8'
    const text = decode(bytes, encoding)
    if (text === undefined || text.includes('\0'))
      return { problem: `it is no ${encoding.toUpperCase()} text` }
    return { text }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** The decoder leaves the mark out. */
function decode(bytes: Buffer, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}
