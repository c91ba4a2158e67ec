import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { execa } from 'execa'
import type { FileTree } from './tree.js'

/** Larger files are data, bundles or lock files of others: no recogniser reads them. */
const MAX_FILE_BYTES = 8 * 1024 * 1024

/** What is never source, where no git says so. */
const SKIPPED_DIRS = new Set(
  '.git .hg .svn .direnv .venv venv node_modules target __pycache__ .next .astro dist result'.split(' '),
)

/** What git knows of a folder. */
export interface GitState {
  /** Whether the folder is in a repository. */
  repository: boolean
  commits: boolean
  /** Files that are neither tracked nor ignored: Nix doesn't see them yet. */
  untracked: readonly string[]
}

/** A folder as a tree, and what git knows of it. */
export async function openFolder(path: string): Promise<{ tree: FileTree; git: GitState }> {
  const root = resolve(path)
  const tracked = await gitFiles(root, ['--cached'])
  const untracked = (await gitFiles(root, ['--others', '--exclude-standard'])) ?? []
  const files = (tracked === undefined ? walk(root, '') : [...tracked, ...untracked])
    .filter((file) => lstatSync(join(root, file), { throwIfNoEntry: false })?.isFile())
    .sort()
  const known = new Set(files)
  const commits = tracked !== undefined && (await git(root, ['rev-parse', '--verify', 'HEAD'])) !== undefined
  return {
    tree: {
      name: basename(root),
      files,
      read: (file) => (known.has(file) ? readText(join(root, file)) : undefined),
      isIgnored: (file) => !known.has(file) && existsSync(join(root, file)),
    },
    git: { repository: tracked !== undefined, commits, untracked },
  }
}

async function git(folder: string, args: string[]): Promise<string | undefined> {
  const result = await execa('git', args, { cwd: folder, reject: false, stdin: 'ignore' })
  return result.exitCode === 0 ? result.stdout : undefined
}

async function gitFiles(folder: string, options: string[]): Promise<string[] | undefined> {
  return (await git(folder, ['ls-files', '-z', ...options]))?.split('\0').filter(Boolean)
}

function walk(root: string, dir: string): string[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = dir === '' ? entry.name : `${dir}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED_DIRS.has(entry.name) ? [] : walk(root, path)
    return entry.isFile() ? [path] : []
  })
}

function readText(path: string): string | undefined {
  if ((lstatSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_FILE_BYTES) return undefined
  const text = readFileSync(path, 'utf8')
  return text.includes('\0') || text.includes('\uFFFD') ? undefined : text
}
