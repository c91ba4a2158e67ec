import { isCache } from '../config/resolve-caches.js'
import type { CacheConfig, Config } from '../config/resolved.js'
import type { Adopts, SystemMode } from '../contract/activation.js'
import { touches } from '../plan/plan.js'
import { resolveSecrets } from '../secrets/resolve.js'
import { applyPlans } from './apply-plans.js'
import type { BuildOptions } from './builds.js'
import { readCaches } from './cache/fetch.js'
import { type Filled, fillCaches } from './cache/fill.js'
import { learnKeys } from './cache/trust.js'
import type { HostCertificate } from './certificates.js'
import { requireChecks } from './check.js'
import type { Engine } from './engine.js'
import { fixHashes, type HashPolicy } from './hashes.js'
import { lockUnlocked } from './inputs.js'
import { obtainCertificates } from './obtain-certificates.js'
import { projectOf } from './project.js'
import type { ActivationResult } from './result.js'
import { type Selection, select } from './selection.js'
import { closeSessions, openSessions, type Session, type Sessions } from './session.js'
import { ALL_SHIPPED } from './ship.js'
import { makeThrowaways } from './throwaway.js'

/** What is to be built and planned, and how. */
export interface DeployOptions extends BuildOptions {
  /** Services and systems; none: all. */
  names: readonly string[]
  /** Hosts; none: all of those. */
  hosts: readonly string[]
  /** How systems are to be activated. */
  mode: SystemMode
  /** Whether what is another project's may be replaced. */
  takeOver: boolean
  /** What of the host's services take over, by service; absent: nothing. */
  adopts?: Readonly<Record<string, Adopts>> | undefined
  /** Whether the flake's checks must pass first; undefined: as the config says. */
  check?: boolean | undefined
  hashes: HashPolicy
}

/** How what changed is to come to serve. */
export interface RolloutOptions {
  /** Whether to wait for a host that somebody else works on. */
  wait: boolean
  /** Confirm only when all hosts are good, else put back all. */
  allOrNothing: boolean
  /** The share of requests, in percent, that new releases get instead of all. */
  canary?: number | undefined
  /** Whether all caches must have been filled for it to have gone well; else they are waited for only so long. */
  requireCache?: boolean | undefined
}

/** Everything that came of a deploy. */
export interface DeployResult extends ActivationResult {
  certificates: HostCertificate[]
  /** What it was about. */
  selection: Selection
  /** Hosts that were left alone since others failed, and it was to be all or nothing. */
  untouched: string[]
  /** What caches got of what was built. */
  caches: Filled[]
}

/**
 * Builds, ships and activates what changed. A host that fails doesn't stop the others, unless it is all or nothing.
 * @throws SlipwayError where nothing was contacted: for a wrong selection, a missing secret, a check that failed.
 */
export async function deploy(
  engine: Engine,
  config: Config,
  options: DeployOptions & RolloutOptions,
): Promise<DeployResult> {
  const { mode, takeOver, adopts, wait, allOrNothing, canary } = options
  const { selection, secrets, project, caches, sessions } = await prepareDeploy(engine, config, options)
  const { ready, failures } = sessions
  try {
    if (allOrNothing && failures.length > 0) {
      const untouched = ready.map(({ host }) => host.name)
      return { outcomes: [], failures, certificates: [], selection, untouched, caches: [] }
    }
    const plans = ready.map(({ plan }) => plan).filter(touches)
    if (plans.length > 0) engine.tell({ type: 'planned', plans })
    const { guard, parallel } = config
    const fill = fillingOf(engine, config, ready)
    const applied = await applyPlans(engine, ready, {
      ...{ caches, wait, guard, mode, secrets, project, takeOver, adopts, allOrNothing, canary, parallel },
    })
    await learnKeys(engine, config, ready)
    const certificates = await obtainCertificates(engine, ready, applied.outcomes)
    return {
      ...{ outcomes: applied.outcomes, certificates, selection, untouched: [] },
      caches: await fill(options.requireCache ?? false),
      failures: [...failures, ...applied.failures],
    }
  } finally {
    closeSessions(ready)
  }
}

/**
 * Begins to fill caches with what was built here, beside the deploy; those that it makes, once it has ended. Gives what
 * waits for them.
 */
function fillingOf(engine: Engine, config: Config, sessions: readonly Session[]) {
  const paths = [...new Set(sessions.flatMap(builtHere))]
  if (paths.length === 0) return async (): Promise<Filled[]> => []
  const made = new Set(
    sessions.flatMap(({ plan }) =>
      plan.services.flatMap(({ service, from }) => (from === null ? [service] : [])),
    ),
  )
  const isMade = ({ name, host }: CacheConfig) => host !== null && made.has(name)
  const fill = (caches: readonly CacheConfig[]) => fillCaches(engine, config, caches, paths)
  const beside = fill(config.caches.filter((cache) => !isMade(cache)))
  return async (required: boolean): Promise<Filled[]> => {
    const after = fill(config.caches.filter(isMade))
    return (await Promise.all([beside.ended(required), after.ended(required)])).flat()
  }
}

/** Hosts that built by themselves have what this machine hasn't. */
function builtHere({ shipped, prepared }: Session): string[] {
  if (shipped === ALL_SHIPPED) return []
  const services = prepared.services.filter(({ built }) => !isCache(built.service))
  return [...services.map(({ built }) => built.package), ...prepared.systems.map(({ path }) => path)]
}

/** Everything up to the plans: nothing is changed on any host but its store. */
export async function prepareDeploy(engine: Engine, config: Config, options: DeployOptions) {
  const { where, overrides, mode, takeOver, adopts } = options
  const selection = select(config, options.names, options.hosts)
  const project = await projectOf(config)
  await makeThrowaways(engine, selection, overrides)
  // Where every host failed, nobody needs what is still being built, nor an answer for it.
  const over = new AbortController()
  const asking = { ...engine, signal: AbortSignal.any([engine.signal, over.signal]) }
  const rebuild = fixHashes(asking, config.root, options.hashes)
  // Before anything is built or contacted: what is missing is told at once.
  const secrets = await resolveSecrets(config, selection.services)
  const caches = await readCaches(config)
  await lockUnlocked(engine, config, selection, overrides)
  if (options.check ?? config.check) await requireChecks(engine, config, overrides, rebuild)
  const sessions: Sessions = await openSessions(engine, config, selection, {
    ...{ where, overrides, mode, project, takeOver, adopts, secrets, caches, rebuild },
    deploying: true,
    over: over.signal,
  })
  over.abort()
  return { selection, secrets, project, caches, sessions }
}
