import pLimit from 'p-limit'
import { SlipwayError } from '../errors.js'
import { report } from '../host/verbs.js'
import { type ServicePlan, touches } from '../plan/plan.js'
import type { Terminal } from '../ui/terminal.js'
import { activate } from './activate.js'
import { type Activation, bundle, type NewRelease } from './bundle.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { whileLocked } from './lock-wait.js'
import { collectResults, type DeployResult, type Outcome } from './outcome.js'
import { replan, type Session } from './session.js'
import { settle } from './settle.js'
import { ship } from './ship.js'

/** What a session's plan becomes, host by host. Failures of one host leave the others alone. */
export async function deploySession(
  session: Session,
  options: { wait: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { host, plan } = session
  const [problem] = plan.problems
  if (problem) {
    throw new SlipwayError({
      what: `${host.name} is not ready: ${problem.problem}`,
      why: plan.problems
        .slice(1)
        .map((other) => other.problem)
        .join('\n'),
      still: 'Nothing was changed there.',
      next: problem.fix,
    })
  }
  const unchanged = plan.services
    .filter(({ status }) => status === 'unchanged')
    .map((item) => unchangedOutcome(host.name, item))
  if (!touches(plan)) return unchanged
  const paths = newReleases(session).map(({ plan: { release } }) => release.manifest.package)
  if (!session.shipped) await unlessInterrupted(signal, ship(session.connection, session.report.host, paths))
  if (signal.aborted) throw interrupted()
  return [...unchanged, ...(await applySession(session, options, terminal, signal))]
}

function unchangedOutcome(host: string, { service, number }: ServicePlan): Outcome {
  return {
    host,
    service,
    result: 'unchanged',
    release: number,
    previous: number,
    serving: number,
    reason: null,
    journal: null,
  }
}

function newReleases({ plan, prepared }: Session): NewRelease[] {
  return plan.services
    .filter(({ status }) => status === 'new' || status === 'changed')
    .map((item) => ({
      plan: item,
      assets: prepared.find(({ built }) => built.service.name === item.service)?.assets ?? null,
    }))
}

function activationsOf({ plan }: Session): Activation[] {
  return plan.services
    .filter(({ status }) => status !== 'unchanged')
    .map(({ service, number, from, status }) => ({
      service,
      to: number,
      expected: from,
      action: status === 'stopped' ? 'restart' : 'deploy',
    }))
}

/** Applies the plan; where it had to wait for another deploy, plans again first. */
function applySession(
  session: Session,
  options: { wait: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { host, connection, prepared } = session
  return whileLocked(options, terminal, signal, async (waited) => {
    const plan = waited ? replan(host, prepared, await report(connection)) : session.plan
    const current = { ...session, plan }
    const activations = activationsOf(current)
    if (activations.length === 0) return plan.services.map((item) => unchangedOutcome(host.name, item))
    const archive = await bundle(activations, newReleases(current))
    const what = `deploy ${activations.map(({ service }) => service).join(' ')}`
    return activate(session, activations, archive, what, terminal, signal)
  })
}

/** Deploys several sessions side by side. */
export async function deploySessions(
  sessions: readonly Session[],
  parallel: number,
  options: { wait: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<DeployResult> {
  const limit = pLimit(parallel)
  const results = await Promise.all(
    sessions.map(async (session) => ({
      host: session.host,
      result: await settle(limit(() => deploySession(session, options, terminal, signal))),
    })),
  )
  return collectResults(results)
}
