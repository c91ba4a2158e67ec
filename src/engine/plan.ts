import type { Config } from '../config/resolved.js'
import type { Unlocked } from '../plan/inputs.js'
import type { HostPlan } from '../plan/plan.js'
import { resolveSecrets } from '../secrets/resolve.js'
import { readCaches } from './cache/fetch.js'
import type { DeployOptions } from './deploy.js'
import type { Engine } from './engine.js'
import { tellUnlocked } from './inputs.js'
import { projectOf } from './project.js'
import type { HostFailure } from './result.js'
import { select } from './selection.js'
import { closeSessions, openSessions } from './session.js'

/** What a deploy would do. */
export interface Plans {
  plans: HostPlan[]
  /** What is built from, and is not locked. */
  unlocked: Unlocked[]
  failures: HostFailure[]
}

/**
 * Builds, and tells what a deploy would do. Changes nothing on any host.
 * @throws SlipwayError where nothing was contacted: for a wrong selection, or a missing secret.
 */
export async function plan(
  engine: Engine,
  config: Config,
  options: Omit<DeployOptions, 'check' | 'hashes'>,
): Promise<Plans> {
  const { names, hosts, where, overrides, mode, takeOver } = options
  const selection = select(config, names, hosts)
  const [secrets, project, caches] = await Promise.all([
    resolveSecrets(config, selection.services),
    projectOf(config),
    readCaches(config),
  ])
  const looking = tellUnlocked(engine, config, selection, overrides)
  // What a host or a build says comes first.
  looking.catch(() => undefined)
  const over = new AbortController()
  const { ready, failures } = await openSessions(engine, config, selection, {
    ...{ where, overrides, mode, project, takeOver, secrets, caches, deploying: false, over: over.signal },
  })
  over.abort()
  closeSessions(ready)
  return { plans: ready.map((session) => session.plan), unlocked: await looking, failures }
}
