import { lstat, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { SlipwayError } from '../../errors.js'
import { gitTop, trackedFiles, untrackedFiles } from '../git.js'
import type { TextFile } from './places.js'

/** Larger files hold no hashes that people write. */
const MAX_FILE_BYTES = 512 * 1024

/** Lock files belong to the tools that write them. */
const LOCK_FILE = /(?:^|\/)(?:[^/]*\.lock|[^/]*lock\.(?:json|yaml)|go\.sum)$/

/** Where people don't write Nix. */
const FOREIGN_FOLDER = /(?:^|\/)(?:node_modules|target|\.[^/]+)\//

/** The texts in which a hash of a project may stand. */
export interface ProjectFiles {
  /** What their paths are relative to. */
  top: string
  files: TextFile[]
}

/** What git tracks in the repository around the config, and untracked files beside it; all files outside git. */
export async function projectFiles(root: string): Promise<ProjectFiles> {
  const repository = await gitTop(root)
  const top = repository ?? root
  const names = repository
    ? [...((await trackedFiles(top)) ?? []), ...(await untrackedBeside(top, root))]
    : await walk(root, '')
  const wanted = names.filter((name) => !LOCK_FILE.test(name) && !FOREIGN_FOLDER.test(name))
  const texts = await Promise.all(wanted.map((path) => readText(top, path)))
  return { top, files: texts.filter((file) => file !== undefined) }
}

async function untrackedBeside(top: string, root: string): Promise<string[]> {
  const names = (await untrackedFiles(root)).filter((name) => !name.includes('/'))
  return names.map((name) => relative(top, join(root, name)))
}

async function walk(root: string, below: string): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below + entry.name
      if (!entry.isDirectory()) return [path]
      return FOREIGN_FOLDER.test(`${path}/`) ? [] : walk(root, `${path}/`)
    }),
  )
  return found.flat().sort()
}

/** The text of a file that may be edited: no link, which may lead elsewhere, and nothing binary. */
async function readText(top: string, path: string): Promise<TextFile | undefined> {
  const info = await lstat(join(top, path)).catch(() => undefined)
  if (!info?.isFile() || info.size > MAX_FILE_BYTES) return undefined
  const text = await readFile(join(top, path), 'utf8')
  return text.includes('\0') ? undefined : { path, text }
}

/**
 * Puts a new text in a file's place: at any moment the file is the old one or the new one.
 * @throws SlipwayError where the file has changed since it was read.
 */
export async function replaceText(top: string, { path, text }: TextFile, changed: string): Promise<void> {
  const full = join(top, path)
  const { mode } = await stat(full)
  if ((await readFile(full, 'utf8')) !== text) {
    throw new SlipwayError({ what: `${path} was changed by somebody else just now`, next: 'Try again.' })
  }
  const temporary = `${full}.slipway-${process.pid}`
  try {
    await writeFile(temporary, changed, { mode, flag: 'wx' })
    await rename(temporary, full)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new SlipwayError({
      what: `${path} can't be written`,
      why: error instanceof Error ? error.message : String(error),
    })
  }
}
