import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statfs } from 'node:fs/promises'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { ENVIRONMENT, PATH } from '../run.js'
import { systemdRun } from '../systemd/systemd-run.js'

/** How long all of a key's builds may take together, one of them, and one that says nothing: in seconds. */
const TOTAL_S = 3600
const BUILD_S = 2700
const SILENT_S = 900
/** What one of them may print, in bytes. */
const LOG_BYTES = 16 * 1024 * 1024
/** How many of them run side by side. */
const JOBS = 2
/** What is left for everybody else of the host's memory, tasks and disk. */
const MEMORY = '75%'
const TASKS = 1024
export const ROOM_BYTES = 1024 ** 3
/** How often the room is looked at, in milliseconds. */
const ROOM_POLL_MS = 2000

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

/** Everything one piece of work may have: it ends with the agent, and first when memory runs out. */
const BOUNDS = [
  `BindsTo=${AGENT_UNIT}`,
  'KillMode=control-group',
  'TimeoutStopSec=5',
  `RuntimeMaxSec=${TOTAL_S}`,
  `MemoryMax=${MEMORY}`,
  'MemorySwapMax=0',
  `TasksMax=${TASKS}`,
  // The users that build have it each: also where nobody enforces the former.
  `LimitNPROC=${TASKS}`,
  'OOMScoreAdjust=900',
  'CPUWeight=20',
  'IOWeight=20',
  'Nice=10',
  'LimitCORE=0',
  'PrivateTmp=yes',
  'ProtectSystem=strict',
  'ReadWritePaths=/nix',
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

/**
 * Runs work, each in a transient unit of this name and a number, one after the other as long as they end well; gives what
 * Nix tells of it. The unit is ended when `signal` is aborted, when the disk runs full, or when nobody reads any more.
 */
export async function* runWork(
  agent: Pick<Agent, 'systemd' | 'log'>,
  name: string,
  works: readonly Work[],
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const [index, { command, network }] of works.entries()) {
    if (signal.aborted) return
    const unit = `${name}:${index}`
    const properties = network ? BOUNDS : [...BOUNDS, 'PrivateNetwork=yes']
    const [program = '', ...args] = systemdRun({ unit, properties, wait: true, pipe: 'pipe', command })
    const child = spawn(program, args, { env: ENVIRONMENT, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(child, 'close') as Promise<[number | null]>
    ended.catch(() => undefined)
    let full = false
    // systemd-run too: it may not have asked for the unit yet.
    const stop = () => {
      child.kill()
      void endUnit(agent, unit)
    }
    const lookForRoom = async () => {
      full ||= (await freeBytes()) < ROOM_BYTES
      if (full) stop()
    }
    const watch = setInterval(() => lookForRoom().catch(stop), ROOM_POLL_MS)
    signal.addEventListener('abort', stop, { once: true })
    let over = false
    try {
      for await (const chunk of child.stderr) yield chunk as Buffer
      const [code] = await ended
      over = true
      if (code === 0) continue
      if (full) yield Buffer.from('error: the build was ended: less than 1 GiB is left on the disk\n')
      else if (code !== 1)
        yield Buffer.from(`error: the host ended it, status ${code}: see its time and memory\n`)
      return
    } finally {
      clearInterval(watch)
      signal.removeEventListener('abort', stop)
      if (!over || signal.aborted) {
        child.kill()
        await endUnit(agent, unit)
      }
    }
  }
}

/** Builders are in its cgroup, and end with it. */
async function endUnit({ systemd, log }: Pick<Agent, 'systemd' | 'log'>, unit: string): Promise<void> {
  try {
    await systemd.stop(`${unit}.service`)
  } catch (error) {
    log.warning(`${unit} could not be ended: ${String(error)}`)
  }
}

export async function freeBytes(): Promise<number> {
  const { bavail, bsize } = await statfs('/nix/store')
  return bavail * bsize
}
