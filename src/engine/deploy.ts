import pLimit from 'p-limit'
import type { Terminal } from '../cli/text/terminal.js'
import type { GuardConfig } from '../config/resolved.js'
import { SlipwayError } from '../errors.js'
import { touches } from '../plan/plan.js'
import type { SystemMode } from '../contract/activation.js'
import type { HostEvent } from '../remote/verbs.js'
import type { SecretValues } from '../secrets/resolve.js'
import { type Activated, activate } from './activate.js'
import { ANOTHER_FAILED, createBallot, type Voter } from './ballot.js'
import { activationsOf, newReleases, unchangedOutcomes } from './due.js'
import { endTogether, isGood } from './fleet.js'
import { guardFor } from './guard-for.js'
import { createHookOrder, type HookOrder } from './hook-order.js'
import { secretsArchive } from './host-secrets.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { whileLocked } from './lock-wait.js'
import { collectResults, type DeployResult } from './outcome.js'
import { replan, reportFor, type Session } from './session.js'
import { settle } from './settle.js'
import { ship } from './ship.js'

export interface DeployOptions {
  /** Whether to wait for a host that somebody else works on. */
  wait: boolean
  guard: GuardConfig
  mode: SystemMode
  /** The values of the services' secrets. */
  secrets: SecretValues
  /** The share of requests, in percent, that new releases get instead of all. */
  canary?: number | undefined
  /** Confirm only when all hosts are good, else put back all. */
  allOrNothing: boolean
  /** How many hosts are worked on at once. */
  parallel: number
}

/** Sends a session's host what it lacks for its plan. */
export async function shipSession(session: Session, signal: AbortSignal): Promise<void> {
  const { host, plan, connection } = session
  const [problem, ...others] = plan.problems
  if (problem) {
    throw new SlipwayError({
      what: `${host.name} is not ready: ${problem.problem}`,
      why: others.map((other) => other.problem).join('\n'),
      still: 'Nothing was changed there.',
      next: problem.fix,
    })
  }
  const paths = [
    ...newReleases(session).map(({ plan: { release } }) => release.manifest.package),
    ...plan.systems.filter(({ status }) => status !== 'unchanged').map(({ to }) => to),
  ]
  if (!session.shipped) await unlessInterrupted(signal, ship(connection, session.report.host, paths, host))
  if (signal.aborted) throw interrupted()
}

/** Applies the plan; where it had to wait for another deploy, plans again first. */
function applySession(
  session: Session,
  options: DeployOptions,
  { voter, order }: Pick<Together, 'voter' | 'order'>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Activated> {
  const { host, connection, prepared } = session
  return whileLocked(options, terminal, signal, async (waited) => {
    const systems = prepared.systems.map(({ system }) => system)
    const services = prepared.services.map(({ built }) => built.service)
    const report = waited ? await reportFor(connection, { services, systems }) : session.report
    const plan = waited ? replan(host, prepared, report, options) : session.plan
    const current = { ...session, plan }
    const activations = activationsOf(current, order, options.canary)
    if (activations.length === 0) return { id: undefined, outcomes: unchangedOutcomes(current) }
    const what = `deploy ${activations.map(({ name }) => name).join(' ')}`
    const job = {
      ...{ activations, releases: newReleases(current), what, voter, urls: session.urls },
      guard: guardFor(options.guard, activations),
      secrets: await secretsArchive(host, plan, options.secrets, report),
      onEvent: ({ item, step }: HostEvent) => {
        if (step === 'hooked' && order.leads(host.name, item)) order.hooked(item, true)
      },
    }
    const done = await activate(session, job, terminal, signal)
    return { ...done, outcomes: [...unchangedOutcomes(current), ...done.outcomes] }
  })
}

/** What sessions' plans become, side by side. Failures of one host leave the others alone, unless asked otherwise. */
export async function deploySessions(
  sessions: readonly Session[],
  options: DeployOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<DeployResult> {
  const limit = pLimit(options.allOrNothing ? Number.POSITIVE_INFINITY : options.parallel)
  const [shippers, voters] = options.allOrNothing
    ? [createBallot(sessions.length), createBallot(sessions.length)]
    : [[], []]
  const order = createHookOrder(sessions.map(({ plan }) => plan))
  const results = await Promise.all(
    sessions.map(async (session, index) => {
      const [shipper, voter] = [shippers[index], voters[index]]
      const result = await settle(
        limit(() => deploySession(session, options, { shipper, voter, order }, terminal, signal)),
      )
      // Whoever waits for hooks of this host that never ran need wait no longer.
      for (const { service } of session.plan.services) {
        if (order.leads(session.host.name, service)) order.hooked(service, isGood(result))
      }
      await shipper?.vote(false)
      // Whoever did not get as far as to be confirmed has nothing to be confirmed.
      await voter?.vote(isGood(result))
      return { session, host: session.host, result }
    }),
  )
  const ended = options.allOrNothing ? await endTogether(results, terminal) : results
  return collectResults(
    ended.map(({ host, result }) => ({
      host,
      result: result.ok ? { ok: true, value: result.value.outcomes } : result,
    })),
  )
}

/** What a host has to do with the others. */
interface Together {
  shipper: Voter | undefined
  voter: Voter | undefined
  order: HookOrder
}

async function deploySession(
  session: Session,
  options: DeployOptions,
  { shipper, voter, order }: Together,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Activated> {
  if (session.plan.problems.length === 0 && !touches(session.plan)) {
    await shipper?.vote(true)
    return { id: undefined, outcomes: unchangedOutcomes(session) }
  }
  await shipSession(session, signal)
  // None begins before all have what they need: whoever waits with a new release waits for activations only.
  if ((await shipper?.vote(true)) === false) {
    throw new SlipwayError({
      what: `${session.host.name} was not begun with: ${ANOTHER_FAILED}`,
      still: 'Nothing was changed there.',
    })
  }
  const [unhooked] = await order.wait(session.plan)
  if (unhooked !== undefined) {
    throw new SlipwayError({
      what: `${session.host.name} was not begun with: the before hook of ${unhooked} did not run well on another host`,
      still: 'Nothing was changed there.',
    })
  }
  return applySession(session, options, { voter, order }, terminal, signal)
}
