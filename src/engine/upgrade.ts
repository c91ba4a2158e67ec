import { setTimeout as sleep } from 'node:timers/promises'
import type { HostConfig } from '../config/resolved.js'
import { SETUP_CHANGE } from '../contract/setup.js'
import type { Result } from '../contract/verbs.js'
import { replaces } from '../contract/versions.js'
import { SlipwayError } from '../errors.js'
import { packageVersion } from '../package-root.js'
import { type AgentBundle, agentBundle } from '../remote/agent-bundle.js'
import { ConnectionLost } from '../remote/connection.js'
import type { Login } from '../remote/login.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { loginTo } from './login.js'

/**
 * Whether a host's agent should take this machine's bundle: another one, of the same version or a newer, that it has not
 * tried in vain. A login for one service may not bring any.
 */
export function wantsUpgrade(hello: Result<'hello'>, bundle: Pick<AgentBundle, 'hash'>): boolean {
  return (
    hello.key === null &&
    hello.declared !== true &&
    hello.bundle !== bundle.hash &&
    hello.failedUpgrade?.hash !== bundle.hash &&
    replaces(packageVersion(), hello.version)
  )
}

/**
 * A login to an agent of this machine's version. Where that can't be brought, or does not run, the one that is there does
 * the work: both speak the same contract.
 */
export async function withOwnAgent(engine: Engine, host: HostConfig, login: Login): Promise<Login> {
  if (!wantsUpgrade(login.agent.hello, agentBundle())) return login
  engine.tell({ type: 'set-up', host: host.name, change: SETUP_CHANGE.upgrade })
  login.close()
  await upgradeAgent(engine, host, agentBundle()).catch((error: unknown) => {
    if (engine.signal.aborted || !(error instanceof SlipwayError)) throw error
    const why = [error.parts.what, error.parts.why].filter(Boolean).join(': ')
    engine.tell({ type: 'agent-kept', host: host.name, why })
  })
  return loginTo(engine, host)
}

/**
 * Has a host's agent give way to this machine's, which the host takes back where it does not work.
 * @throws SlipwayError that says why the one before still runs.
 */
export async function upgradeAgent(engine: Engine, host: HostConfig, bundle: AgentBundle): Promise<void> {
  const before = await loginTo(engine, host)
  try {
    if (before.agent.hello.bundle === bundle.hash) return
    await send(before, bundle)
  } finally {
    before.close()
  }
  const after = await loginAgain(engine, host)
  after.close()
  const { hello } = after.agent
  if (hello.bundle === bundle.hash) return
  throw new SlipwayError({
    what: `the new version of slipway's agent does not run on ${host.name}`,
    why: hello.failedUpgrade?.hash === bundle.hash ? hello.failedUpgrade.why : 'The host does not say why.',
    still: 'The version before it runs again, and what served before serves still.',
    next: 'Report it as a bug of slipway, with what is above. Deploys work with the agent that is there.',
  })
}

/** The agent that takes it ends, and the connection with it. */
async function send(login: Login, { hash, bytes }: AgentBundle): Promise<void> {
  const { stream, done } = login.agent.upload(bytes)
  const sent = done.catch(() => undefined)
  try {
    await call(login, 'upgrade', { hash, stream })
  } catch (error) {
    if (!(error instanceof ConnectionLost)) throw error
  }
  await sent
}

/** How long a version on trial, and the one before it after that, may take together; and how often they are asked. */
const SWAP_MS = 90_000
const RETRY_MS = 500

async function loginAgain(engine: Engine, host: HostConfig): Promise<Login> {
  const end = performance.now() + SWAP_MS
  for (;;) {
    try {
      return await loginTo(engine, host)
    } catch (error) {
      if (engine.signal.aborted || performance.now() > end) throw error
      await sleep(RETRY_MS, undefined, { signal: engine.signal })
    }
  }
}
