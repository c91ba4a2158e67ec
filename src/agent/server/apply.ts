import { join } from 'node:path'
import type { ApplyRequest } from '../../contract/activation.js'
import { CallFailed, failed } from '../../contract/failure.js'
import { keepInherited } from '../access/inherited.js'
import { sameKey } from '../access/rights.js'
import { runActivation } from '../activation/activate.js'
import type { Turn } from '../activation/turns.js'
import { exists } from '../files.js'
import type { Live } from '../guard/live.js'
import { stageSecrets } from '../secrets/store.js'
import { withSecrets } from '../secrets/turns.js'
import { hostFeatures } from '../services/host-features.js'
import { pruneFailed } from '../services/releases.js'
import { stageRename } from '../services/rename/stage.js'
import { stageReleases } from '../services/stage.js'
import { forgetOld } from './forget-old.js'
import { holderNow, takeTurn } from './in-turn.js'
import { judge, judgePackages, requestOf } from './judge.js'
import { receiveAssets } from './receive.js'
import { recordActivation } from './record.js'
import type { Session } from './session.js'
import type { Arriving, State } from './state.js'

/** Releases of a key that never became good, before the one that it brings: each may have a gigabyte of files. */
const MOST_FAILED = 5

/** Stages releases and begins an activation. Ends when the guard is armed to begin: the rest is told as events. */
export async function apply(state: State, session: Session, given: ApplyRequest): Promise<void> {
  const { agent, arriving, lives } = state
  const request = requestOf(session.peer, given)
  const { id, who, what } = request
  if (lives.has(id) || arriving.has(id)) throw failed('there is an activation of that id already')
  const mine: Arriving = {
    key: session.peer.key,
    holder: holderNow(id, who, what),
    abort: new AbortController(),
  }
  requireAlone(state, mine)
  arriving.set(id, mine)
  const incoming = join(agent.places.incoming, id)
  try {
    // What can't be is refused before it is sent; what others do meanwhile is looked at below.
    if (mine.key !== null) await judge(agent, mine.key, request)
    await agent.files.makeFolder(incoming, 0o700)
    const assets = await receiveAssets(agent, session, request, incoming, mine.abort.signal)
    const turn = await takeTurn(state, mine.holder)
    try {
      if (mine.key !== null) {
        await judge(agent, mine.key, request)
        await judgePackages(agent, mine.key, request)
      }
      const { rooted } = await stage(state, session, request, incoming, assets)
      requireWanted(mine)
      const live = await recordActivation(agent, session.peer, request)
      begin(state, live, session, { turn, mine, rooted })
    } catch (error) {
      turn.end()
      throw error
    }
  } finally {
    arriving.delete(id)
    await agent.files.remove(incoming)
  }
}

/** A key has one activation at a time, also while its parts arrive: others wait as for whoever works on the host. */
function requireAlone({ arriving, turns }: State, { key }: Arriving): void {
  if (key === null) return
  const sending = [...arriving.values()].find((other) => sameKey(other.key, key))
  const holder = sending?.holder ?? turns.holder()
  if (holder !== null) throw new CallFailed({ kind: 'locked', holder })
}

function requireWanted({ abort: { signal } }: Arriving): void {
  if (signal.aborted) throw failed(String(signal.reason))
}

async function stage(
  { agent, deps }: State,
  { peer }: Session,
  { releases, secrets, secretKeys, items }: ApplyRequest,
  incoming: string,
  assets: Map<number, string>,
): Promise<{ rooted: Promise<void> }> {
  const features = await hostFeatures(agent, deps.nginxGroup)
  if (peer.key !== null) {
    for (const { manifest } of releases) await pruneFailed(agent, manifest.service.name, MOST_FAILED)
  }
  const staged = await withSecrets(async () => {
    await stageSecrets(agent, secrets, secretKeys, agent.step)
    const sent = releases.map((release, index) => ({
      release,
      assets: assets.get(index),
      from: join(incoming, `release-${index}`),
    }))
    return stageReleases(agent, sent, incoming, features)
  })
  for (const item of items) {
    if (item.kind !== 'service' || item.renames === undefined) continue
    await stageRename(agent, item, item.renames, incoming, features)
  }
  // What an administrator has deployed, keys may deploy again.
  if (peer.key === null) {
    await Promise.all(releases.map(({ manifest }) => keepInherited(agent, manifest.service.name, manifest)))
  }
  for (const item of items) {
    if (item.kind !== 'service' || (await exists(agent.places.release(item.name, item.to)))) continue
    throw failed(`the host has no release ${item.to} of ${item.name}`)
  }
  return staged
}

/** Ends at once; the activation goes on, and ends the turn. */
function begin(
  state: State,
  live: Live,
  session: Session,
  { turn, mine, rooted }: { turn: Turn; mine: Arriving; rooted: Promise<void> },
): void {
  const { agent, around, lives } = state
  lives.set(live.id, live)
  // Somebody may have asked for its end while it was put on record.
  const { signal } = mine.abort
  if (signal.aborted) live.abort.abort(signal.reason)
  session.follow(live.id, 0)
  runActivation(agent, around, live, { rooted, onDecided: turn.clearingUp })
    .catch((error: unknown) => agent.log.error(`${live.id}: ${String(error)}`))
    .finally(async () => {
      live.over.raise()
      turn.end()
      await forgetOld(state)
    })
}
