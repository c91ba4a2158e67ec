import { existsSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { SlipwayError } from '../../errors.js'
import { type Ended, runProgram } from '../../run-program.js'

/** A forge that says nothing for so long does not answer. */
const ASK_MS = 30_000
/** The first time all of a repository is fetched: a large one, over a slow line. */
const FETCH_MS = 30 * 60_000
/** Copying and unpacking what is on this disk. */
const CHECKOUT_MS = 10 * 60_000

/** How `git ls-remote --exit-code` ends where nothing has that name. */
const NO_SUCH_REF = 2

/** Names one commit: SHA-1, or SHA-256 of newer repositories. */
export const COMMIT_PATTERN = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * What a repository can't have git do: run hooks or commands, fetch submodules, or keep objects that are not sound.
 * A repository is somebody else's text.
 */
const SAFE = [
  ...['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'core.symlinks=true'],
  ...['-c', 'fetch.fsckObjects=true', '-c', 'submodule.recurse=false', '-c', 'fetch.recurseSubmodules=false'],
  ...['-c', 'maintenance.auto=false', '-c', 'gc.auto=0', '-c', 'advice.detachedHead=false'],
]

/** git asks nobody: who would answer is not there. */
const ENV = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  SSH_ASKPASS_REQUIRE: 'force',
}

async function git(args: readonly string[], limitMs: number): Promise<Ended & { late: boolean }> {
  const limit = AbortSignal.timeout(limitMs)
  const ended = await runProgram('git', [...SAFE, ...args], { env: ENV, signal: limit })
  return { ...ended, late: limit.aborted }
}

function failure(what: string, { exitCode, stderr, late }: Ended & { late: boolean }, limitMs: number) {
  const why = late
    ? `git was not done after ${Math.round(limitMs / 1000)} s`
    : exitCode === null
      ? 'there is no program git'
      : stderr.trim().split('\n').slice(-3).join('; ')
  return new SlipwayError({ what, why, still: 'What serves goes on.' })
}

/** The newest commit of a branch; undefined where the repository has no such branch. */
export async function headOf(repo: string, branch: string): Promise<string | undefined> {
  const ref = `refs/heads/${branch}`
  const ended = await git(['ls-remote', '--exit-code', '--', repo, ref], ASK_MS)
  if (ended.exitCode === NO_SUCH_REF && !ended.late) return undefined
  if (ended.exitCode !== 0) throw failure(`${repo} can't be looked at`, ended, ASK_MS)
  // git gives all refs that end like this.
  const line = ended.stdout.split('\n').find((line) => line.split('\t')[1] === ref)
  const commit = line?.split('\t')[0]
  return commit !== undefined && COMMIT_PATTERN.test(commit) ? commit : undefined
}

/** Whether a mirror has a commit. */
export async function hasCommit(mirror: string, commit: string): Promise<boolean> {
  if (!existsSync(mirror)) return false
  const ended = await git(['-C', mirror, 'cat-file', '-e', `${commit}^{commit}`], ASK_MS)
  return ended.exitCode === 0
}

/** Brings a branch into a mirror of its repository. A mirror that git can't go on with is made anew. */
export async function fetchBranch(mirror: string, repo: string, branch: string): Promise<void> {
  const first = await tryFetch(mirror, repo, branch)
  if (first.exitCode === 0) return
  if (first.late) throw failure(`${branch} of ${repo} can't be fetched`, first, FETCH_MS)
  await rm(mirror, { recursive: true, force: true })
  const second = await tryFetch(mirror, repo, branch)
  if (second.exitCode !== 0) throw failure(`${branch} of ${repo} can't be fetched`, second, FETCH_MS)
}

async function tryFetch(mirror: string, repo: string, branch: string) {
  if (!existsSync(mirror)) {
    await mkdir(mirror, { recursive: true })
    const made = await git(['init', '--bare', '--quiet', '--template=', '--', mirror], ASK_MS)
    if (made.exitCode !== 0) return made
  }
  const refspec = `+refs/heads/${branch}:refs/heads/${branch}`
  const how = ['--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--quiet']
  return git(['-C', mirror, 'fetch', ...how, '--', repo, refspec], FETCH_MS)
}

/** A folder with the files of a commit, as a clone of its repository. */
export async function checkout(mirror: string, folder: string, repo: string, commit: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true })
  for (const args of [
    ['clone', '--quiet', '--no-checkout', '--template=', '--local', '--', mirror, folder],
    // What the project is known by on hosts is its origin.
    ['-C', folder, 'remote', 'set-url', '--', 'origin', repo],
    ['-C', folder, 'checkout', '--quiet', '--detach', commit, '--'],
  ]) {
    const ended = await git(args, CHECKOUT_MS)
    if (ended.exitCode !== 0)
      throw failure(`commit ${commit} of ${repo} can't be checked out`, ended, CHECKOUT_MS)
  }
}
