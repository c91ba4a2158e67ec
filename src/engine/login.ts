import type { HostConfig } from '../config/resolved.js'
import { CallFailed } from '../contract/failure.js'
import type { Login, LoginOptions } from '../remote/login.js'
import type { Engine } from './engine.js'
import { hostError } from './host-error.js'
import { unlessInterrupted } from './interrupt.js'
import { type Settled, settle } from './settle.js'

/**
 * Logs in to a host.
 * @throws SlipwayError that says what is wrong with the connection, or that the work is to stop.
 */
export async function loginTo(engine: Engine, host: HostConfig): Promise<Login> {
  return opened(engine, host, 'login', engine.reach.login(host, optionsOf(engine, host)))
}

/** The same over a TCP connection and a login of its own: what it proves, the next login will find. */
export async function freshLoginTo(engine: Engine, host: HostConfig): Promise<Login> {
  return opened(engine, host, 'fresh login', engine.reach.freshLogin(host, optionsOf(engine, host)))
}

function optionsOf({ signal, ask, tell }: Engine, { name }: HostConfig): LoginOptions {
  return {
    signal,
    ask: (question) => ask(question, signal),
    onCall: (verb, ms) => tell({ type: 'debug', what: 'call', host: name, text: verb, ms }),
  }
}

async function opened(
  { signal, tell }: Engine,
  host: HostConfig,
  what: string,
  opening: Promise<Login>,
): Promise<Login> {
  const began = performance.now()
  const told = (text: string, since: number) =>
    tell({ type: 'debug', what: 'ssh', host: host.name, text, ms: performance.now() - since })
  try {
    const login = await unlessInterrupted(signal, opening)
    return {
      ...login,
      run: async (command, options) => {
        const from = performance.now()
        try {
          return await login.run(command, options)
        } finally {
          told(command, from)
        }
      },
    }
  } catch (error) {
    // A login that comes about after all would keep the program from ending.
    opening.then(({ close }) => close()).catch(() => undefined)
    if (!(error instanceof CallFailed)) throw error
    throw hostError({ host: host.name, destination: host.ssh }, error.failure)
  } finally {
    told(what, began)
  }
}

/** The same engine for work that goes on when the rest is to stop: to tell hosts so. */
export function uninterrupted(engine: Engine): Engine {
  return { ...engine, signal: new AbortController().signal }
}

/** Does something over a login of its own. */
export async function onHost<T>(
  engine: Engine,
  host: HostConfig,
  work: (login: Login) => Promise<T>,
): Promise<T> {
  const login = await loginTo(engine, host)
  try {
    return await work(login)
  } finally {
    login.close()
  }
}

/** What came of something on one of several hosts. */
export interface HostResult<T> {
  host: HostConfig
  result: Settled<T>
}

/** Does something on hosts side by side, each over a login of its own. */
export function onHosts<T>(
  engine: Engine,
  hosts: readonly HostConfig[],
  work: (login: Login, host: HostConfig) => Promise<T>,
): Promise<HostResult<T>[]> {
  return Promise.all(
    hosts.map(async (host) => ({
      host,
      result: await settle(onHost(engine, host, (login) => work(login, host))),
    })),
  )
}
