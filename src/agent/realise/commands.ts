import { PATH } from '../run.js'

/** How long one build may take, and how long it may say nothing, in seconds. */
const BUILD_S = 2700
const SILENT_S = 900
/** What one may print, in bytes. */
const LOG_BYTES = 16 * 1024 * 1024
/** How many run side by side. */
const JOBS = 2

/** Nix as this host's own, whatever root's home has; temporary files on the disk, not in memory. */
const ENV = [
  '/usr/bin/env',
  '-i',
  `PATH=${PATH}`,
  'LC_ALL=C',
  'HOME=/nonexistent',
  'NIX_REMOTE=local',
  'TMPDIR=/var/tmp',
]

/** A command of Nix's, and whether it may use the network. */
export interface Work {
  command: string[]
  network: boolean
}

/** How many paths are fetched with one command: its words take some 100 KB of the 2 MB that they may (execve(2)). */
const FETCHED_AT_ONCE = 1000

/** Has paths fetched from the caches that the host trusts. Nothing is built. */
export function fetching(paths: readonly string[]): Work[] {
  const works: Work[] = []
  for (let from = 0; from < paths.length; from += FETCHED_AT_ONCE) {
    const some = paths.slice(from, from + FETCHED_AT_ONCE)
    works.push({ command: realise(some, ['--max-jobs', '0']), network: true })
  }
  return works
}

/** Has a derivation built, with all it needs: in Nix's sandbox by its build users, without a network. */
export function building(target: string): Work {
  const command = realise(
    [target],
    [
      ...['--max-jobs', String(JOBS), '--cores', '0'],
      ...['--timeout', String(BUILD_S), '--max-silent-time', String(SILENT_S)],
      ...['--option', 'max-build-log-size', String(LOG_BYTES)],
      ...['--option', 'sandbox', 'true', '--option', 'sandbox-fallback', 'false'],
      // What is not there by now can't be fetched; and whoever publishes what is built here does not mean this.
      ...['--option', 'substitute', 'false', '--option', 'post-build-hook', ''],
    ],
  )
  return { command, network: false }
}

function realise(paths: readonly string[], options: readonly string[]): string[] {
  // Its view of the host's roots may lack some: what collects garbage is never this process.
  const common = ['--option', 'min-free', '0', '--builders', '', '--log-format', 'internal-json', '-v']
  return [...ENV, 'nix-store', '--realise', ...paths, ...options, ...common]
}
