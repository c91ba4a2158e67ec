import type { Commit } from '../contract/release.js'
import { runProgram } from '../run-program.js'

async function git(folder: string, args: string[]): Promise<string | undefined> {
  const { exitCode, stdout } = await runProgram('git', args, { cwd: folder })
  return exitCode === 0 ? stdout : undefined
}

/** The folder's commit, and whether tracked files differ from it; null outside git or before the first commit. */
export async function gitCommit(folder: string): Promise<Commit | null> {
  const [head, status] = await Promise.all([
    git(folder, ['rev-parse', '--short=12', 'HEAD']),
    git(folder, ['status', '--porcelain', '--untracked-files=no', '--', '.']),
  ])
  if (head === undefined) return null
  return { id: head.trim(), dirty: status !== undefined && status.trim() !== '' }
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
  const origin = await git(folder, ['symbolic-ref', '--short', 'refs/remotes/origin/HEAD'])
  const name = origin?.replace(/^origin\//, '') ?? (await git(folder, ['symbolic-ref', '--short', 'HEAD']))
  return name?.trim()
}

/** The top folder of the repository around a folder, or undefined. */
export async function gitTop(folder: string): Promise<string | undefined> {
  return (await git(folder, ['rev-parse', '--show-toplevel']))?.trim()
}

/** Makes git know files without staging what is in them; gives whether it did. */
export async function intendToAdd(folder: string, files: string[]): Promise<boolean> {
  return (await git(folder, ['add', '--intent-to-add', '--', ...files])) !== undefined
}

/** Tracked files below `paths`, relative to the folder; undefined outside git. */
export async function trackedFiles(folder: string, paths: string[] = ['.']): Promise<string[] | undefined> {
  const listed = await git(folder, ['ls-files', '-z', '--', ...paths])
  return listed?.split('\0').filter(Boolean)
}

/** Files below a folder that git neither tracks nor ignores; none outside git. */
export async function untrackedFiles(folder: string): Promise<string[]> {
  const listed = await git(folder, ['ls-files', '-z', '--others', '--exclude-standard'])
  return listed?.split('\0').filter(Boolean) ?? []
}
