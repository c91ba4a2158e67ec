import { setTimeout as sleep } from 'node:timers/promises'
import type { HostConfig } from '../../config/resolved.js'
import { CallFailed, failureText } from '../../contract/failure.js'
import { SlipwayError } from '../../errors.js'
import type { Login } from '../../remote/login.js'
import { ANOTHER_FAILED } from '../ballot.js'
import type { Engine } from '../engine.js'
import { unlessInterrupted } from '../interrupt.js'
import { freshLoginTo } from '../login.js'
import { type Settled, settle } from '../settle.js'
import type { SpareLogin } from '../spare-login.js'
import type { Activation } from './activation.js'
import type { EventLog, Phase } from './event-log.js'
import type { LoginTime } from './login-time.js'
import { beginLooks, type Looks } from './looks.js'

/** The pause before a host that can't be reached is tried again: a tunnel may come back within the deadline. */
const RETRY_MS = 200
/** What the contract lets a reason be. */
const REASON_LENGTH = 4096

/** How far the host must have come when the login is made. */
const LOGIN_PHASE: Record<LoginTime['when'], Phase> = {
  'at-once': 'begun',
  started: 'proving',
  waiting: 'waiting',
}

/** An activation that is to be confirmed. */
export interface Confirmation {
  host: HostConfig
  /** The login over which it was begun. */
  login: Login
  /** A login that was made ahead; what it can't show, sshd's banner does. */
  spare?: SpareLogin | undefined
  id: string
  nonce: string
  activation: Pick<Activation, 'urls' | 'voter'>
  log: EventLog
  time: LoginTime
  /** How long the host waits for a confirmation at most. */
  patienceMs: number
  /** Whether the host has taken the request: before, it knows of nothing to confirm. */
  begun: Promise<Settled<unknown>>
}

/** Where the deployer stands with its confirmation. */
type State =
  | { at: 'early' }
  | { at: 'logging-in' }
  /** The new login has come about; the host says when nothing but the confirmation is missing. */
  | { at: 'reaching'; via: Via }
  /** Whether new connections can still be made. */
  | { at: 'probing'; via: Via }
  /** The public URLs, and how other hosts stand. */
  | { at: 'judging'; via: Via }
  | { at: 'confirming'; via: Via }
  /** The login failed, or was lost; why is known where somebody said. */
  | { at: 'unreached'; why?: string }
  | { at: 'refused'; why: string }
  | { at: 'objecting'; why: string }
  | { at: 'over' }

interface Via {
  login: Login
  /** Whether the login was made when all had been started: then it shows that logins still can be. */
  proves: boolean
}

/**
 * Confirms an activation over a new login once the deployer's own checks have passed, and asks the host to put back
 * what was there where they have not. How it ended, only the host's events tell: `over` ends this.
 */
export async function confirmWhenGood(engine: Engine, given: Confirmation, over: AbortSignal): Promise<void> {
  const looks = beginLooks(engine, given, over)
  let login: Login | undefined
  let state: State = { at: 'early' }
  let unreached: string | undefined
  while (state.at !== 'over') {
    const next: State = await step(engine, given, state, looks)
    if (next.at === 'unreached') unreached = next.why ?? unreached
    else if ('via' in next || 'why' in next) unreached = undefined
    if (login && !('via' in next)) login.close()
    login = 'via' in next ? next.via.login : undefined
    state = looks.ended() ? { at: 'over' } : next
  }
  login?.close()
  // Of tries that failed on the way nobody need hear, but of what kept the last one from confirming.
  if (unreached !== undefined && !engine.signal.aborted)
    engine.tell({ type: 'not-confirmed', host: given.host.name, why: unreached })
}

async function step(engine: Engine, given: Confirmation, state: State, looks: Looks): Promise<State> {
  const { host, id, nonce, log, activation, time } = given
  const { stop } = looks
  const objection = looks.objection()
  if (objection !== undefined && state.at !== 'objecting') return { at: 'objecting', why: objection }
  switch (state.at) {
    case 'early':
      await log.until(() => log.has(LOGIN_PHASE[time.when]), stop)
      return { at: 'logging-in' }
    case 'logging-in': {
      const spare = given.spare?.take()
      const proves = spare === undefined && log.has('proving')
      const made = await settle(
        spare ? unlessInterrupted(stop, spare) : freshLoginTo({ ...engine, signal: stop }, host),
      )
      // One that comes about after all would keep the program from ending.
      if (!made.ok) spare?.then(({ close }) => close()).catch(() => undefined)
      return made.ok ? { at: 'reaching', via: { login: made.value, proves } } : unreachedBy(made.error, stop)
    }
    case 'reaching': {
      const { via } = state
      await settle(unlessInterrupted(stop, given.begun))
      const reached = await settle(unlessInterrupted(stop, via.login.agent.call('reach', { id })))
      return after(reached, { at: 'probing', via }, stop)
    }
    case 'probing': {
      const { via } = state
      // Where no banner comes, only another login can show it.
      return via.proves || (await looks.banner) ? { at: 'judging', via } : { at: 'unreached' }
    }
    case 'judging': {
      await settle(unlessInterrupted(stop, looks.judged))
      const objection = looks.objection()
      if (objection !== undefined) return { at: 'objecting', why: objection }
      const together = activation.voter?.vote(true) ?? Promise.resolve(true)
      const result = await settle(unlessInterrupted(stop, together))
      if (!result.ok) return { at: 'over' }
      return result.value ? { at: 'confirming', via: state.via } : { at: 'objecting', why: ANOTHER_FAILED }
    }
    case 'confirming': {
      const { agent } = state.via.login
      const confirmed = await settle(unlessInterrupted(stop, agent.call('confirm', { id, nonce })))
      return after(confirmed, { at: 'over' }, stop)
    }
    case 'unreached':
      // What fails before it is waited for is nothing to tell, nor to be tried again and again.
      await log.until(() => log.has('waiting'), stop)
      if (looks.late()) return { at: 'over' }
      await settle(sleep(RETRY_MS, undefined, { signal: stop }))
      return { at: 'logging-in' }
    case 'refused':
      if (!log.has('waiting')) return { at: 'unreached' }
      engine.tell({ type: 'confirmation-refused', host: host.name, why: state.why })
      return { at: 'over' }
    case 'objecting': {
      engine.tell({ type: 'not-confirmed', host: host.name, why: state.why })
      void activation.voter?.vote(false)
      await settle(given.login.agent.call('abort', { id, reason: state.why.slice(0, REASON_LENGTH) }))
      return { at: 'over' }
    }
    case 'over':
      return state
  }
}

/** The state after a call over the new login: what the host refuses is final, what was lost is tried again. */
function after(result: Settled<unknown>, next: State, stop: AbortSignal): State {
  if (result.ok) return next
  return result.error instanceof CallFailed
    ? { at: 'refused', why: failureText(result.error.failure) }
    : unreachedBy(result.error, stop)
}

/** What broke off with the signal says nothing of the host. */
function unreachedBy(error: unknown, stop: AbortSignal): State {
  if (stop.aborted || !(error instanceof SlipwayError)) return { at: 'unreached' }
  const { what, why } = error.parts
  return { at: 'unreached', why: [what, ...(why?.trim().split('\n') ?? [])].join('; ') }
}
