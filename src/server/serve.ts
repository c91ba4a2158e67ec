import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { SlipwayError, usageError } from '../errors.js'
import { PACKAGE_ROOT } from '../package-root.js'
import { createApp } from './api/app.js'
import { namesOf } from './api/guards.js'
import type { Server, Source } from './config/load.js'
import { type Folders, foldersOf } from './folders.js'
import { pruneDeliveries } from './hooks/delivery.js'
import { processOf } from './jobs/process.js'
import { createRunner } from './jobs/runner.js'
import { createWorker } from './jobs/worker.js'
import { fetchBranch, hasCommit, headOf } from './sources/git.js'
import { createWatcher } from './sources/watcher.js'
import { own } from './store/owner.js'
import { openStore, type Store } from './store/store.js'

/** What is to be done is looked for so often: while jobs run, what they write; else whether a look is due. */
const BUSY_MS = 250
const IDLE_MS = 1000
/** What is old is taken away so often. */
const PRUNE_MS = 3600_000
/** What the newest jobs wrote is kept. */
const KEPT_JOBS = 500
/** More connections at once than this are somebody who means no good. */
const MOST_CONNECTIONS = 1024
/** Whoever sends more slowly gives up: a request is a few words, or a delivery of 25 MB. */
const REQUEST_MS = 60_000

/** A server that runs. */
export interface Running {
  /** Where it takes requests. */
  url: string
  socket: string
  /** Ends it; deploys that run go on, and are found again by the next one. */
  stop(): Promise<void>
}

export interface ServeOptions {
  data: string
  server: Server
  env: NodeJS.ProcessEnv
  /** Called with what should not happen. */
  onDefect(error: unknown): void
  /** Runs a job's process, and slipway; default: as they were compiled. */
  child?: readonly string[]
  slipway?: readonly string[]
}

/**
 * Runs the server until it is stopped.
 * @throws SlipwayError where another server has the folder, or somebody the port.
 */
export async function serve({ data, server, env, onDefect, ...programs }: ServeOptions): Promise<Running> {
  const folders = foldersOf(data)
  requireOwn(folders.data)
  const store = openStore(folders.database)
  own(store.db, data, processOf(process.pid))
  const node = process.execPath
  const runner = createRunner({
    ...{ folders, sources: server.sources },
    child: programs.child ?? [node, join(PACKAGE_ROOT, 'bin/server-job.js')],
    slipway: programs.slipway ?? [node, join(PACKAGE_ROOT, 'bin/slipway.js')],
    env: environmentOf(env, server.secretVariables),
    onEnd: () => tick(),
  })
  const worker = createWorker(store, runner, {
    parallel: server.parallel,
    deadlineOf: (source) => server.sources.find(({ name }) => name === source)?.deadlineMs ?? 0,
    onDefect,
  })
  const watcher = createWatcher(store, server.sources, (source) => newestOf(source, folders))
  let stopped = false
  const tick = () => {
    if (stopped) return
    try {
      watcher.tick().then(() => !stopped && worker.tick(), onDefect)
      worker.tick()
    } catch (error) {
      onDefect(error)
    }
  }
  const names = namesOf(server.host, server.port, server.names)
  const app = createApp({ store, sources: server.sources, names, onChange: tick })
  const listener = (socket: boolean) =>
    getRequestListener((request) => app.fetch(request, { socket }), { overrideGlobalObjects: false })
  rmSync(folders.socket, { force: true })
  const listening = [
    await listen(createServer(listener(true)), { path: folders.socket }),
    await listen(createServer(listener(false)), { host: server.host, port: server.port }),
  ]
  prune(store, folders)
  const pruning = setInterval(() => prune(store, folders), PRUNE_MS)
  let timer: NodeJS.Timeout | undefined
  const goOn = () => {
    tick()
    timer = setTimeout(goOn, store.jobs.open().length > 0 ? BUSY_MS : IDLE_MS)
  }
  goOn()
  return {
    url: `http://${names[0]}`,
    socket: folders.socket,
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      clearInterval(pruning)
      for (const http of listening) {
        http.closeAllConnections()
        await new Promise((resolve) => http.close(resolve))
      }
      store.db.close()
    },
  }
}

/** Others than its owner may do something in a folder. */
const OPEN_TO_OTHERS = 0o077

/** Whoever can enter the folder can open the socket, and is the server's owner. */
function requireOwn(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { mode, uid } = statSync(folder)
  if ((mode & OPEN_TO_OTHERS) === 0 && uid === process.geteuid?.()) return
  throw usageError({
    what: `${folder} is open to others`,
    why: 'whoever can enter it can have the server do anything',
    next: `Make it yours alone, chmod 700 ${folder}, or name another folder with --data.`,
  })
}

/** What deploys see of the environment: no secret of the server's, and no flake gets trust by asking for it. */
function environmentOf(env: NodeJS.ProcessEnv, secrets: readonly string[]): NodeJS.ProcessEnv {
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.includes(name)))
  return { ...rest, NIX_CONFIG: `${env.NIX_CONFIG ?? ''}\naccept-flake-config = false\n` }
}

/** The newest commit of a source's branch, fetched where this machine has not got it yet. */
async function newestOf({ name, repo, branch }: Source, folders: Folders): Promise<string | undefined> {
  const mirror = folders.mirror(name)
  const head = await headOf(repo, branch)
  if (head !== undefined && !(await hasCommit(mirror, head))) {
    await fetchBranch(mirror, repo, branch)
    // Somebody has pushed again in between: the next look finds it.
    if (!(await hasCommit(mirror, head)))
      throw new SlipwayError({ what: `${branch} of ${repo} changes just now` })
  }
  return head
}

function prune(store: Store, folders: Folders): void {
  store.events.prune()
  pruneDeliveries(store)
  const newest = store.jobs.list(1)[0]?.id ?? 0
  mkdirSync(folders.jobs, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folders.jobs)) {
    if (/^\d+$/.test(name) && Number(name) <= newest - KEPT_JOBS) {
      rmSync(join(folders.jobs, name), { recursive: true, force: true })
    }
  }
}

async function listen(http: HttpServer, where: { path: string } | { host: string; port: number }) {
  http.maxConnections = MOST_CONNECTIONS
  http.requestTimeout = REQUEST_MS
  http.headersTimeout = REQUEST_MS
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const place = 'path' in where ? where.path : `${where.host}:${where.port}`
      const taken = error.code === 'EADDRINUSE'
      reject(
        usageError({
          what: `${place} can't be listened on`,
          why: taken ? 'another program does' : error.message,
          next: 'Say another address in slipway.server.ts: `listen`.',
        }),
      )
    })
    http.listen(where, resolve)
  })
  return http
}
