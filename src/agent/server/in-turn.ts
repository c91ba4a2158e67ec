import { randomBytes } from 'node:crypto'
import { CallFailed, type Holder } from '../../contract/failure.js'
import { isTurn, type Turn } from '../activation/turns.js'
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
