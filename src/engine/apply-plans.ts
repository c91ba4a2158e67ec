import pLimit from 'p-limit'
import type { GuardConfig } from '../config/resolved.js'
import type { ReadCache } from '../contract/cache.js'
import { SlipwayError } from '../errors.js'
import { type HostPlan, touches } from '../plan/plan.js'
import { type Activated, activate, nothingToDo } from './activation/activate.js'
import { ANOTHER_FAILED, createBallot, type Voter } from './ballot.js'
import { fetchLacking } from './cache/fetch.js'
import { itemsOf, missingPackages, missingPaths, missingReleases, unchangedOutcomes } from './due.js'
import type { Engine } from './engine.js'
import { endTogether, isGood } from './fleet.js'
import { createHookOrder, type HookOrder } from './hook-order.js'
import { missingSecrets } from './host-secrets.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { whileLocked } from './lock-wait.js'
import { realiseThere } from './realise-there.js'
import { type ActivationResult, activationResult } from './result.js'
import { type PlanOptions, planAgain, reportFor, type Session } from './session.js'
import { settle } from './settle.js'
import { ship } from './ship.js'

export interface ApplyOptions extends PlanOptions {
  /** Whether to wait for a host that somebody else works on. */
  wait: boolean
  /** What hosts may fetch from; absent: nothing. */
  caches?: readonly ReadCache[]
  guard: GuardConfig
  /** The share of requests, in percent, that new releases get instead of all. */
  canary?: number | undefined
  /** Confirm only when all hosts are good, else put back all. */
  allOrNothing: boolean
  /** How many hosts are worked on at once. */
  parallel: number
}

/** What a host has to do with the others. */
interface Together {
  /** Votes on whether all have what they need. */
  shipper: Voter | undefined
  /** Votes on whether all are to be confirmed. */
  voter: Voter | undefined
  order: HookOrder
}

/** Makes the plans of hosts true, side by side. Failures of one leave the others alone, unless asked otherwise. */
export async function applyPlans(
  engine: Engine,
  sessions: readonly Session[],
  options: ApplyOptions,
): Promise<ActivationResult> {
  const { allOrNothing, parallel } = options
  const limit = pLimit(allOrNothing ? Number.POSITIVE_INFINITY : parallel)
  const [shippers, voters] = allOrNothing
    ? [createBallot(sessions.length), createBallot(sessions.length)]
    : [[], []]
  const order = createHookOrder(sessions.map(({ plan }) => plan))
  const parts = await Promise.all(
    sessions.map(async (session, index) => {
      const together = { shipper: shippers[index], voter: voters[index], order }
      const result = await settle(limit(() => applyPlan(engine, session, options, together)))
      // Whoever waits for hooks of this host that never ran need wait no longer.
      for (const { service } of session.plan.services) {
        if (order.leads(session.host.name, service)) order.hooked(service, isGood(result))
      }
      await together.shipper?.vote(false)
      // Whoever did not get as far as to be confirmed has nothing to be confirmed.
      await together.voter?.vote(isGood(result))
      return { host: session.host, login: session.login, result }
    }),
  )
  const ended = allOrNothing ? await endTogether(engine, parts) : parts
  return activationResult(
    ended.map(({ host, result }) => ({
      host,
      result: result.ok ? { ok: true, value: result.value.outcomes } : result,
    })),
  )
}

async function applyPlan(
  engine: Engine,
  session: Session,
  options: ApplyOptions,
  together: Together,
): Promise<Activated> {
  const { host, plan } = session
  requireReady(plan)
  if (!touches(plan)) {
    await together.shipper?.vote(true)
    return nothingToDo(unchangedOutcomes(session))
  }
  await shipMissing(engine, session, options.caches)
  // None begins before all have what they need: whoever waits with a new release waits for activations only.
  if ((await together.shipper?.vote(true)) === false) throw notBegun(host.name, ANOTHER_FAILED)
  const [unhooked] = await together.order.wait(plan)
  if (unhooked !== undefined) {
    throw notBegun(host.name, `the before hook of ${unhooked} did not run well on another host`)
  }
  return activateDue(engine, session, options, together)
}

function notBegun(host: string, why: string): SlipwayError {
  return new SlipwayError({
    what: `${host} was not begun with: ${why}`,
    still: 'Nothing was changed there.',
  })
}

/** Fails for a plan that can't be carried out as its host is. */
export function requireReady({ host, problems: [problem, ...others] }: HostPlan): void {
  if (!problem) return
  throw new SlipwayError({
    what: `${host} is not ready: ${problem.problem}`,
    why: others.map((other) => other.problem).join('\n'),
    still: 'Nothing was changed there.',
    next: problem.fix,
  })
}

/** Sends a host the packages that it lacks for its plan. */
export async function shipMissing(
  engine: Engine,
  session: Session,
  caches: readonly ReadCache[] = [],
): Promise<void> {
  const { host, login, report, shipped, prepared } = session
  const { signal } = engine
  const there = await unlessInterrupted(signal, Promise.resolve(shipped))
  if (report.host.key !== null) {
    // What a key deploys the host gets by itself.
    for (const wanted of missingPackages(session)) {
      await unlessInterrupted(signal, realiseThere(engine, login, report.host, wanted, host))
    }
  } else {
    const missing = missingPaths(session).filter((path) => !there.has(path))
    const closures = new Map(
      prepared.services.flatMap(({ built }) =>
        [built.package, ...Object.values(built.envPackages ?? {})].map(
          (path) => [path, built.closure] as const,
        ),
      ),
    )
    const closureOf = async (path: string) => closures.get(path)
    await unlessInterrupted(signal, fetchLacking(engine, login, missing, closureOf, caches))
    await unlessInterrupted(signal, ship(engine, login, report.host, missing, closureOf, host))
  }
  if (signal.aborted) throw interrupted()
}

/** Activates what is due; where it had to wait for another deploy, plans again first. */
function activateDue(
  engine: Engine,
  session: Session,
  options: ApplyOptions,
  { voter, order }: Together,
): Promise<Activated> {
  const { host, login, spare, prepared, urls } = session
  const watching = tellHooks(engine, host.name, order)
  return whileLocked(engine, host.name, options, async (waited) => {
    const systems = prepared.systems.map(({ system }) => system)
    const services = prepared.services.map(({ built }) => built.service)
    const report = waited ? await reportFor(login, { services, systems }) : session.report
    const plan = waited ? planAgain(host, prepared, report, options) : session.plan
    if (waited) requireReady(plan)
    const current = { ...session, plan }
    const items = itemsOf(current, order, options)
    if (items.length === 0) return nothingToDo(unchangedOutcomes(current))
    const done = await activate(
      watching,
      { host, login, spare },
      {
        ...{ items, voter, urls, guard: options.guard },
        releases: missingReleases(current),
        secrets: missingSecrets(host, plan, options.secrets, report),
        what: `deploy ${items.map(({ item }) => item.name).join(' ')}`,
      },
    )
    return { ...done, outcomes: [...unchangedOutcomes(current), ...done.outcomes] }
  })
}

/** The same engine; hosts that wait for the hooks of this one hear that they have run. */
function tellHooks(engine: Engine, host: string, order: HookOrder): Engine {
  return {
    ...engine,
    tell: (event) => {
      if (event.type === 'host' && event.event.step === 'hooked' && order.leads(host, event.event.item)) {
        order.hooked(event.event.item, true)
      }
      engine.tell(event)
    },
  }
}
