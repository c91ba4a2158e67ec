import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { SlipwayError } from '../errors.js'
import { connect } from '../host/connection.js'
import { abort, apply, type HostEvent, LockedError, report } from '../host/verbs.js'
import { type ServicePlan, touches } from '../plan/plan.js'
import type { Terminal } from '../ui/terminal.js'
import { type Activation, bundle, type NewRelease } from './bundle.js'
import { interrupted, unlessInterrupted } from './interrupt.js'
import { type Outcome, outcomeOf } from './outcome.js'
import { replan, type Session } from './session.js'
import { settle } from './settle.js'
import { ship } from './ship.js'
import { whoAmI } from './who.js'

/** The pause before a held lock is tried again. */
const LOCK_RETRY_MS = 1000
/** How long a deploy waits for another one with `--wait`: longer than any deploy takes. */
const LOCK_WAIT_MS = 10 * 60_000

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
  if (!session.builtThere)
    await unlessInterrupted(signal, ship(session.connection, session.report.host, paths))
  if (signal.aborted) throw interrupted()
  return [...unchanged, ...(await applySession(session, options, terminal, signal))]
}

function unchangedOutcome(host: string, { service, number }: ServicePlan): Outcome {
  return { host, service, result: 'unchanged', release: number, serving: number, reason: null, journal: null }
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

/** Applies the plan; while somebody else holds the lock, waits if asked to and plans again. */
async function applySession(
  session: Session,
  options: { wait: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const deadline = Date.now() + LOCK_WAIT_MS
  let current = session
  for (;;) {
    const activations = activationsOf(current)
    if (activations.length === 0)
      return current.plan.services.map((item) => unchangedOutcome(current.host.name, item))
    const archive = await bundle(activations, newReleases(current))
    const what = `deploy ${activations.map(({ service }) => service).join(' ')}`
    const tried = await settle(activate(current, activations, archive, what, terminal, signal))
    if (tried.ok) return tried.value
    if (!(tried.error instanceof LockedError) || !options.wait || Date.now() > deadline) throw tried.error
    terminal.status(`${current.host.name}: waiting: ${tried.error.parts.why ?? ''}`)
    await unlessInterrupted(signal, sleep(LOCK_RETRY_MS))
    const fresh = await report(current.connection)
    current = { ...current, report: fresh, plan: replan(current.host, current.prepared, fresh) }
  }
}

/** Has a host activate releases and follows it to the end, also when the user asks to stop. */
export async function activate(
  session: Pick<Session, 'host' | 'connection'>,
  activations: readonly Activation[],
  archive: Uint8Array,
  what: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const { host, connection } = session
  const id = randomBytes(8).toString('hex')
  const events: HostEvent[] = []
  const onEvent = (event: HostEvent) => {
    events.push(event)
    const text = eventText(event)
    if (text) terminal.line(`${host.name}: ${text}`)
  }
  const work = settle(apply(connection, { id, who: whoAmI(), what, archive }, onEvent))
  const ended = await settle(unlessInterrupted(signal, work))
  if (ended.ok && ended.value.ok) return activations.map((item) => outcomeOf(host.name, item, events))
  if (!signal.aborted)
    throw ended.ok && !ended.value.ok ? ended.value.error : (ended as { error: unknown }).error
  terminal.line(`${host.name}: stopping, and putting back what was there`)
  await stopActivation(session, id, onEvent)
  return activations.map((item) => outcomeOf(host.name, item, events))
}

/** Ctrl-C ends every process of the terminal, ssh included: the request to stop takes a new login. */
async function stopActivation(
  { host }: Pick<Session, 'host'>,
  id: string,
  onEvent: (event: HostEvent) => void,
): Promise<void> {
  const connection = await connect(host)
  try {
    await abort(connection, id, onEvent)
  } finally {
    connection.close()
  }
}

function eventText({ service, step, detail }: HostEvent): string | undefined {
  switch (step) {
    case 'starting':
      return `${service}: starting release ${detail}`
    case 'checking':
      return `${service}: checking its health`
    case 'done':
      return `${service}: release ${detail} serves`
    case 'refused':
    case 'failed':
      return `${service}: ${step}: ${detail}`
    case 'reverted':
      return detail ? `${service}: release ${detail} serves again` : `${service}: nothing serves, as before`
    case 'revert-failed':
      return `${service}: putting back ${detail}`
    case 'recovering':
      return `${service}: undoing release ${detail}, which an earlier deploy left half done`
    case 'journal':
      return undefined
  }
}

/** Deploys several sessions side by side. */
export async function deploySessions(
  sessions: readonly Session[],
  parallel: number,
  options: { wait: boolean },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<{ outcomes: Outcome[]; failures: { host: string; error: Error }[] }> {
  const limit = pLimit(parallel)
  const results = await Promise.all(
    sessions.map((session) => settle(limit(() => deploySession(session, options, terminal, signal)))),
  )
  const outcomes: Outcome[] = []
  const failures: { host: string; error: Error }[] = []
  for (const [index, result] of results.entries()) {
    if (result.ok) outcomes.push(...result.value)
    else {
      const error = result.error instanceof Error ? result.error : new Error(String(result.error))
      failures.push({ host: sessions[index]?.host.name ?? '', error })
    }
  }
  return { outcomes, failures }
}
