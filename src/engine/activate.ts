import { randomBytes } from 'node:crypto'
import { eventText } from '../cli/text/event-text.js'
import type { Terminal } from '../cli/text/terminal.js'
import type { GuardConfig, HostConfig } from '../config/resolved.js'
import { apply } from '../remote/activation.js'
import type { Connection } from '../remote/connection.js'
import type { HostEvent } from '../remote/verbs.js'
import type { Voter } from './ballot.js'
import { type Activation, bundle, holdMs, type NewRelease } from './bundle.js'
import { confirmWhenGood } from './confirm.js'
import { followToEnd } from './follow.js'
import { type Outcome, outcomeOf } from './outcome.js'
import type { UrlCheck } from './public-urls.js'
import { whoAmI } from './who.js'

/** How long after the host must have decided by itself a lost deployer still asks: reverts take their time too. */
const REVERT_SLACK_MS = 60_000

/** What a host is to do in one activation. */
export interface Job {
  activations: readonly Activation[]
  /** The releases among them that the host lacks. */
  releases: readonly NewRelease[]
  /** The values of secrets that the host lacks for them: see `secretsArchive`. */
  secrets?: Uint8Array
  /** What it is, for locks and logs. */
  what: string
  guard: GuardConfig
  /** Called for all that the host tells. */
  onEvent?: ((event: HostEvent) => void) | undefined
  /** The deployer's own look at what serves, before it confirms. */
  urls?: UrlCheck | undefined
  /** With other hosts: all are confirmed, or none. */
  voter?: Voter | undefined
}

/** How an activation ended, as far as its host could tell. */
export interface Activated {
  /** undefined: nothing had to be done. */
  id: string | undefined
  outcomes: Outcome[]
}

/**
 * Has a host activate releases under its guard, confirms over a new login when all is well, and follows it
 * to the end.
 */
export async function activate(
  { host, connection }: { host: HostConfig; connection: Connection },
  job: Job,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Activated> {
  const id = randomBytes(8).toString('hex')
  const nonce = randomBytes(16).toString('hex')
  const { guard, secrets = new Uint8Array() } = job
  const patienceMs = guard.confirmMs + (job.voter ? holdMs(guard) : 0)
  const policy = job.voter ? 'all' : 'each'
  const archive = await bundle(job.activations, job.releases, { guard, policy, nonce })
  const systems = job.activations.filter(({ kind }) => kind === 'system').map(({ name }) => name)
  const events: HostEvent[] = []
  let confirming: Promise<void> | undefined
  let onActive: () => void = () => undefined
  const active = new Promise<void>((resolve) => {
    onActive = resolve
  })
  const over = new AbortController()
  // What a service can do to logins it has done once it was started. Of a system that is known at the end.
  const allStarted = () => events.filter(({ step }) => step === 'checking').length === job.activations.length
  const onEvent = (event: HostEvent) => {
    events.push(event)
    job.onEvent?.(event)
    const text = eventText(event, systems)
    if (text) terminal.line(`${host.name}: ${text}`)
    if (event.step === 'waiting' || allStarted()) {
      confirming ??= confirmWhenGood(
        { host, connection, id, nonce, job, active, patienceMs },
        terminal,
        over.signal,
      )
    }
    if (event.step === 'waiting') onActive()
  }
  const deadline = Date.now() + guard.activateMs + patienceMs + REVERT_SLACK_MS
  const ended = await followToEnd(
    { host, id, deadline, terminal, signal },
    (sink) =>
      apply(
        connection,
        { id, who: whoAmI(), what: job.what, archive, secrets, keep: policy === 'all' },
        sink,
      ),
    onEvent,
  ).finally(() => over.abort())
  await confirming
  return { id, outcomes: job.activations.map((item) => outcomeOf(host.name, item, events, ended)) }
}
