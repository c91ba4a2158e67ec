import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CONFIG_FILES } from '../../config/load.js'
import { SlipwayError } from '../../errors.js'
import type { Source } from '../config/load.js'
import type { Folders } from '../folders.js'
import { checkout } from '../sources/git.js'
import type { Job } from '../store/jobs.js'
import { lastLine, lastWords, readOn } from './output.js'
import { ageOf, isAlive, signal } from './process.js'
import type { Runner } from './worker.js'

/** A process that has not said for so long that it works on its job never will. */
const START_MS = 30_000

export interface RunnerOptions {
  folders: Folders
  sources: readonly Source[]
  /** Runs `child.ts` with the words after it. */
  child: readonly string[]
  /** Runs slipway with the words after it; the first is an absolute path. */
  slipway: readonly string[]
  /** What deploys see of the environment. */
  env: NodeJS.ProcessEnv
  /** Called when a process that was begun here has ended. */
  onEnd(): void
}

/** Runs jobs as processes of their own: they go on when the server ends, and tell by files how far they are. */
export function createRunner({ folders, sources, child, slipway, env, onEnd }: RunnerOptions): Runner {
  const started = new Map<number, { attempt: number; child: ChildProcess; at: number }>()
  const sourceOf = (job: Job) => {
    const source = sources.find(({ name }) => name === job.source)
    if (source) return source
    throw new SlipwayError({
      what: `there is no source ${job.source} any more`,
      next: 'slipway.server.ts names them.',
    })
  }
  return {
    checkout: async (job) => {
      const source = sourceOf(job)
      const folder = folders.work(job.id)
      await checkout(folders.mirror(source.name), folder, source.repo, job.commit)
      return configFolder(folder, source.path)
    },
    start: (job, folder) => {
      const [program = '', ...words] = [...child, folders.database, String(job.id), String(job.attempt)]
      mkdirSync(folders.job(job.id), { recursive: true, mode: 0o700 })
      const out = openSync(outputOf(folders, job), 'w', 0o600)
      const log = openSync(logOf(folders, job), 'w', 0o600)
      try {
        const begun = spawn(program, [...words, ...slipway, ...wordsOf(job, sourceOf(job), folder)], {
          cwd: folder,
          // A session of its own: a Ctrl-C for the server is not one for it.
          detached: true,
          stdio: ['ignore', out, log],
          env,
        })
        started.set(job.id, { attempt: job.attempt, child: begun, at: Date.now() })
        // One that could not be started is one that has ended.
        begun.on('error', onEnd)
        begun.on('exit', onEnd)
        begun.unref()
      } finally {
        closeSync(out)
        closeSync(log)
      }
    },
    begun: (job) => {
      const begun = started.get(job.id)
      if (begun?.attempt !== job.attempt) return undefined
      const { pid, exitCode, signalCode } = begun.child
      if (pid === undefined || exitCode !== null || signalCode !== null) return 'over'
      // It is over when it has ended: until then it could still say that it works on it.
      if (Date.now() - begun.at > START_MS) begun.child.kill('SIGKILL')
      return 'starting'
    },
    isAlive,
    ageOf,
    signal,
    read: (job, whole) => readOn(outputOf(folders, job), job.read, whole),
    lastWords: (job) => lastWords(outputOf(folders, job)),
    complaint: (job) => lastLine(logOf(folders, job)),
    clean: (job) => {
      started.delete(job.id)
      rmSync(folders.work(job.id), { recursive: true, force: true })
    },
  }
}

/** What a deploy writes as data, and what it says beside that. */
function outputOf(folders: Folders, job: Job): string {
  return join(folders.job(job.id), `${job.attempt}.ndjson`)
}
function logOf(folders: Folders, job: Job): string {
  return join(folders.job(job.id), `${job.attempt}.log`)
}

/** The folder of a config within a checkout: a link in it may lead anywhere. */
function configFolder(checkout: string, path: string): string {
  const folder = join(checkout, path)
  const has = existsSync(folder) && CONFIG_FILES.some((name) => existsSync(join(folder, name)))
  if (!has) throw new SlipwayError({ what: `its commit has no slipway.config.ts in ${path}` })
  const real = realpathSync(folder)
  if (real === realpathSync(checkout) || real.startsWith(`${realpathSync(checkout)}/`)) return real
  throw new SlipwayError({ what: `${path} of its commit is a link out of the repository` })
}

/** The command line of a job. The source's own services are named: a config can have more. */
export function wordsOf(job: Job, { env, services }: Source, folder: string): string[] {
  const config = CONFIG_FILES.map((name) => join(folder, name)).find((file) => existsSync(file)) ?? ''
  const shared = ['--json-stream', '--wait', '--config', config, ...(env === undefined ? [] : ['--env', env])]
  if (job.kind === 'deploy') return ['deploy', ...shared, '--', ...services]
  const target = [job.service, job.release].filter((word) => word !== null)
  return ['rollback', ...shared, '--', ...target]
}
