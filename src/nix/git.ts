import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Commit } from '../contract/release.js'
import { usageError } from '../errors.js'
import { type Ended, runProgram } from '../run-program.js'

/** How git ends where the answer to a quiet question is no. */
const NO = 1

/**
 * What git says of a folder; undefined outside repositories, and where the answer to a quiet question is no.
 * @throws SlipwayError with git's words where it refuses: that is not being outside.
 */
async function git(folder: string, args: readonly string[]): Promise<string | undefined> {
  const ended = await ask(folder, args)
  if (ended.exitCode === 0) return ended.stdout
  if (ended.exitCode === NO && args.includes('--quiet')) return undefined
  if (isOutside(folder, ended)) return undefined
  throw refusal(folder, ended)
}

/** Paths are names, never patterns: a folder `[slug]` is that folder. Messages are English, to be read here. */
function ask(folder: string, args: readonly string[]): Promise<Ended> {
  return runProgram('git', ['--literal-pathspecs', ...args], { cwd: folder, env: { LC_ALL: 'C' } })
}

/** A repository that git doesn't take for one (damaged, another user's) is still no place outside. */
function isOutside(folder: string, { exitCode, stderr }: Ended): boolean {
  const none = exitCode === null || /not a git repository \(or any /.test(stderr)
  return none && !hasRepository(resolve(folder))
}

function hasRepository(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && hasRepository(dirname(folder)))
}

function refusal(folder: string, { exitCode, stderr }: Ended) {
  const exception = /^\s*(git config --global --add safe\.directory .+)$/m.exec(stderr)?.[1]
  return usageError({
    what: `git refuses to tell what belongs to ${folder}`,
    why: exitCode === null ? 'it is in a repository, and there is no program git' : stderr.trim(),
    still: 'Nothing was changed: what git ignores may be secret, so no file is taken without its word.',
    next: exception
      ? `Run as the owner of the repository, or say that you trust it: ${exception}`
      : 'Correct what git says, and try again.',
  })
}

/** How much of a commit's hash names it. */
const ID_LENGTH = 12

/** The folder's commit, and whether tracked files differ from it; null outside git or before the first commit. */
export async function gitCommit(folder: string): Promise<Commit | null> {
  const status = await git(folder, [
    'status',
    ...['--porcelain=v2', '--branch', '--untracked-files=no', '--', '.'],
  ])
  const commit = /^# branch\.oid ([0-9a-f]{40,})$/m.exec(status ?? '')?.[1]
  if (commit === undefined) return null
  return { id: commit.slice(0, ID_LENGTH), dirty: /^[^#]/m.test(status ?? '') }
}

/** Tracked files of a folder's repository that are not as a commit has them; undefined where that can't be told. */
export async function changedSince(folder: string, commit: string): Promise<string[] | undefined> {
  // A host has told it: what begins with a dash would be an option.
  if (!/^[0-9a-f]+$/.test(commit)) return undefined
  const [top, { exitCode, stdout }] = await Promise.all([
    gitTop(folder),
    ask(folder, ['diff', '--name-only', '--no-relative', '-z', commit, '--']),
  ])
  if (top === undefined || exitCode !== 0) return undefined
  return stdout.split('\0').flatMap((path) => (path === '' ? [] : [join(top, path)]))
}

/** The URL of `origin`, else of the first remote by name; undefined where there is none. */
export async function remoteUrl(folder: string): Promise<string | undefined> {
  const remotes = (await git(folder, ['remote']))?.split('\n').filter(Boolean).sort() ?? []
  const name = remotes.includes('origin') ? 'origin' : remotes[0]
  // As it is written: `insteadOf` of this machine is no part of it.
  return name === undefined
    ? undefined
    : (await git(folder, ['config', '--get', `remote.${name}.url`]))?.trim()
}

/** The oldest commit; undefined outside git, and in a clone that does not reach back to it. */
export async function firstCommit(folder: string): Promise<string | undefined> {
  const [shallow, roots] = await Promise.all([
    git(folder, ['rev-parse', '--is-shallow-repository']),
    git(folder, ['rev-list', '--max-parents=0', 'HEAD']),
  ])
  return shallow?.trim() === 'false' ? roots?.trim().split('\n').at(-1) : undefined
}

/** A folder's path below the top of its repository; empty for the top itself, undefined outside git. */
export async function pathInRepository(folder: string): Promise<string | undefined> {
  return (await git(folder, ['rev-parse', '--show-prefix']))?.trim().replace(/\/$/, '')
}

/** The branch that `origin` calls its own, else the one that is checked out; undefined where there is none. */
export async function defaultBranch(folder: string): Promise<string | undefined> {
  const origin = await git(folder, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'])
  const name =
    origin?.replace(/^origin\//, '') ?? (await git(folder, ['symbolic-ref', '--quiet', '--short', 'HEAD']))
  return name?.trim()
}

/** The top folder of the repository around a folder, or undefined. */
export async function gitTop(folder: string): Promise<string | undefined> {
  return (await git(folder, ['rev-parse', '--show-toplevel']))?.replace(/\n$/, '')
}

/** Makes git know files without staging what is in them; gives git's words where it refuses. */
export async function intendToAdd(folder: string, files: string[]): Promise<string | undefined> {
  const { exitCode, stderr } = await ask(folder, ['add', '--intent-to-add', '--', ...files])
  return exitCode === 0 ? undefined : stderr.trim()
}

/** Tracked files below `paths`, those of submodules too, relative to the folder; undefined outside git. */
export async function trackedFiles(folder: string, paths: string[] = ['.']): Promise<string[] | undefined> {
  const listed = await git(folder, ['ls-files', '-z', '--recurse-submodules', '--', ...paths])
  return listed?.split('\0').filter(Boolean)
}

/** Files below a folder that git neither tracks nor ignores; none outside git. */
export async function untrackedFiles(folder: string): Promise<string[]> {
  const listed = await git(folder, ['ls-files', '-z', '--others', '--exclude-standard'])
  return listed?.split('\0').filter(Boolean) ?? []
}
