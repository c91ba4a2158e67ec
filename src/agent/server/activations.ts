import { CallFailed, failed } from '../../contract/failure.js'
import type { Params, Result } from '../../contract/verbs.js'
import { confirm, markSeen, reach } from '../activation/confirm.js'
import type { Live } from '../guard/live.js'
import { own } from '../guard/owner.js'
import { ENDED, hasEnded } from '../guard/record.js'
import { endGuard, forget } from '../guard/settle.js'
import { undoItem } from '../guard/undo.js'
import { holderNow, takeTurn } from './in-turn.js'
import type { Serving } from './login.js'
import { fromOf, type Session, whoAsks, whyAsked } from './session.js'
import type { State } from './state.js'

/** What is asked of an activation that has begun. */

export function liveOf({ lives }: State, id: string): Live {
  const live = lives.get(id)
  if (live === undefined) throw new CallFailed({ kind: 'gone' })
  return live
}

export async function follow(state: State, session: Session, { id, known }: Params<'follow'>): Promise<void> {
  const live = liveOf(state, id)
  await markSeen(state.agent, live)
  session.follow(id, known)
}

export async function abort(state: State, { peer }: Session, params: Params<'abort'>): Promise<void> {
  const begun = state.arriving.get(params.id) ?? liveOf(state, params.id)
  begun.abort.abort(whyAsked(peer, params.reason))
}

/** Ends what has the host's turn, whoever began it; ends when that has ended. */
export async function abortTurn(
  { state, audit }: Pick<Serving, 'state' | 'audit'>,
  { peer }: Session,
  { who }: Params<'abortTurn'>,
): Promise<Result<'abortTurn'>> {
  const { arriving, lives, turns } = state
  const holder = turns.holder()
  if (holder === null) return { holder, events: [] }
  const begun = arriving.get(holder.id) ?? lives.get(holder.id)
  if (begun === undefined) {
    throw failed(`what ${holder.who} does can't be ended: ${holder.what}`, {
      why: 'It is no activation: there is nothing to put back.',
      next: 'it ends by itself within some minutes',
    })
  }
  const key = 'guard' in begun ? begun.guard.key : begun.key
  if (key !== null) audit.about(key, fromOf(peer), `${who} ended its activation ${holder.id}`)
  begun.abort.abort(`${who} ended it by slipway abort`)
  await turns.over()
  return { holder, events: lives.get(holder.id)?.events.slice() ?? [] }
}

export async function reachActivation(state: State, { peer }: Session, id: string): Promise<void> {
  await reach(state.agent, liveOf(state, id), peer.connection)
}

export async function confirmActivation(
  state: State,
  { peer }: Session,
  { id, nonce }: Params<'confirm'>,
): Promise<void> {
  await confirm(state.agent, liveOf(state, id), peer.connection, nonce)
}

/** The deployer has had all that it needs: the record goes as soon as this process is done with it. */
export function acknowledge({ agent, around, lives }: State, live: Live): void {
  live.over
    .wait()
    .then(async () => {
      if (lives.delete(live.id)) await forget(agent, around.kinds, live)
    })
    .catch((error: unknown) =>
      agent.log.error(`the record of ${live.id} could not be cleared: ${String(error)}`),
    )
}

/** Takes back what was confirmed, because it went wrong elsewhere. */
export async function undo(state: State, session: Session, params: Params<'undo'>): Promise<void> {
  const { agent, around } = state
  const { id } = params
  const reason = whyAsked(session.peer, params.reason)
  const live = liveOf(state, id)
  if (!(await hasEnded(live.dir))) throw failed(`activation ${id} has not ended yet`)
  const what = 'take back a deploy that failed on another host'
  const turn = await takeTurn(state, holderNow(id, whoAsks(session.peer, params.who), what))
  live.over.lower()
  session.follow(id, live.events.length)
  const work = async () => {
    await own(agent, live.dir)
    await agent.files.remove(`${live.dir}/${ENDED}`)
    for (const { name } of live.guard.items) await undoItem(agent, around.kinds, live, name, reason)
    await endGuard(agent, live)
  }
  work()
    .catch((error: unknown) => agent.log.error(`${id} could not be taken back: ${String(error)}`))
    .finally(() => {
      live.over.raise()
      turn.end()
    })
}
