import { randomBytes } from 'node:crypto'
import { CallFailed, type Holder } from '../../contract/failure.js'
import { somebody } from '../access/narrow-report.js'
import { sameKey } from '../access/rights.js'
import { isTurn, type Turn } from '../activation/turns.js'
import type { PeerInfo } from './session.js'
import type { State } from './state.js'

/** Who works on the host from now on. */
export function holderNow(id: string, who: string, what: string): Holder {
  return { id, who, what, since: Math.floor(Date.now() / 1000) }
}

/** Begins a turn. @throws CallFailed where somebody else works on the host. */
export async function takeTurn({ turns }: State, holder: Holder): Promise<Turn> {
  const taken = await turns.take(holder)
  if (!isTurn(taken)) throw new CallFailed({ kind: 'locked', holder: taken })
  return taken
}

/** Does something while nobody else works on the host. */
export async function inTurn<T>(state: State, who: string, what: string, work: () => Promise<T>): Promise<T> {
  const turn = await takeTurn(state, holderNow(`op-${randomBytes(4).toString('hex')}`, who, what))
  try {
    return await work()
  } finally {
    turn.end()
  }
}

/** Whether a turn is one of a key's own activations. */
export function isTurnOf({ lives, arriving }: State, key: PeerInfo['key'], { id }: Holder): boolean {
  return sameKey(key, lives.get(id)?.guard.key ?? arriving.get(id)?.key ?? null)
}

/** Why a call came to nothing, as a login may know it: what others do on the host is none of a key's business. */
export function failureFor(state: State, { key }: PeerInfo, error: unknown): unknown {
  if (key === null || !(error instanceof CallFailed) || error.failure.kind !== 'locked') return error
  const { holder } = error.failure
  if (holder === null || isTurnOf(state, key, holder)) return error
  return new CallFailed({ kind: 'locked', holder: somebody(holder) })
}
