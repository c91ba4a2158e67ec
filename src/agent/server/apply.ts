import { join } from 'node:path'
import type { ApplyRequest } from '../../contract/activation.js'
import { CallFailed, failed } from '../../contract/failure.js'
import { keepInherited, readInherited } from '../access/inherited.js'
import { packageProblem } from '../access/package.js'
import { checkApply, withoutEscalation } from '../access/policy/policy.js'
import { keyWho } from '../access/rights.js'
import { refused, rightsOf } from '../access/session.js'
import { runActivation } from '../activation/activate.js'
import { isTurn, type Turn } from '../activation/turns.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { bootId } from '../guard/boot.js'
import { enliven, type Live } from '../guard/live.js'
import { own } from '../guard/owner.js'
import { EVENTS, type GuardFile, ITEMS } from '../guard/record.js'
import { armTimer } from '../guard/timer.js'
import { stageSecrets } from '../secrets/store.js'
import { withSecrets } from '../secrets/turns.js'
import { hostFeatures } from '../services/host-features.js'
import { stageRelease } from '../services/stage.js'
import { othersOf } from './others.js'
import type { Session } from './session.js'
import type { State } from './state.js'

/** Stages releases and begins an activation. Ends when the guard is armed to begin: the rest is told as events. */
export async function apply(state: State, session: Session, given: ApplyRequest): Promise<void> {
  const { agent, turns } = state
  const request = await judged(state, session, given)
  const { id, what } = request
  if (state.lives.has(id) || state.arriving.has(id)) throw failed('there is an activation of that id already')
  const abort = new AbortController()
  state.arriving.set(id, { key: session.peer.key, abort })
  const incoming = join(agent.places.incoming, id)
  try {
    await agent.files.makeFolder(incoming, 0o700)
    const assets = await receiveAssets(agent, session, request, incoming, abort.signal)
    const holder = { id, who: request.who, what, since: Math.floor(Date.now() / 1000) }
    const turn = await turns.take(holder)
    if (!isTurn(turn)) throw new CallFailed({ kind: 'locked', holder: turn })
    try {
      await stage(state, session, request, incoming, assets)
      if (abort.signal.aborted) throw failed(String(abort.signal.reason))
      begin(state, await record(state, session, request), session, turn)
    } catch (error) {
      turn.end()
      throw error
    }
  } finally {
    state.arriving.delete(id)
    await agent.files.remove(incoming)
  }
}

/** What a key asks for is judged before anything of it is looked at. */
async function judged(state: State, { peer }: Session, request: ApplyRequest): Promise<ApplyRequest> {
  const { key } = peer
  if (key === null) return request
  const rights = await rightsOf(state.agent, key)
  const asked = withoutEscalation(request)
  const problems = checkApply(
    asked,
    rights,
    await readInherited(state.agent, key.service),
    await othersOf(state.agent, key.service),
  )
  if (problems.length > 0) throw refused(problems)
  for (const { manifest } of asked.releases) {
    const problem = await packageProblem(state.agent, key.service, manifest.package)
    if (problem !== undefined) throw refused([problem])
  }
  return { ...asked, who: keyWho(asked.who, key) }
}

/** The most bytes of shipped files that a key may send at once. */
const KEY_BYTES = 1024 * 1024 * 1024

/** All that was sent is on this host before anybody is kept from it: by release, where it lies. */
async function receiveAssets(
  agent: Agent,
  { channel, peer }: Session,
  { releases }: ApplyRequest,
  incoming: string,
  signal: AbortSignal,
): Promise<Map<number, string>> {
  const received = new Map<number, string>()
  let bytes = 0
  for (const [index, { assets }] of releases.entries()) {
    if (assets === null) continue
    const path = join(incoming, `assets-${index}`)
    await agent.files.put(path, '', 0o600)
    for await (const piece of channel.download(assets)) {
      if (signal.aborted) throw failed(String(signal.reason))
      bytes += piece.byteLength
      if (peer.key !== null && bytes > KEY_BYTES) throw refused(['it brings more than 1 GiB of files'])
      await agent.files.append(path, piece)
    }
    received.set(index, path)
  }
  return received
}

async function stage(
  { agent, deps }: State,
  { peer }: Session,
  { releases, secrets, secretKeys, items }: ApplyRequest,
  incoming: string,
  assets: Map<number, string>,
): Promise<void> {
  const features = await hostFeatures(agent, deps.nginxGroup)
  await withSecrets(async () => {
    await stageSecrets(agent, secrets, secretKeys, agent.step)
    for (const [index, release] of releases.entries()) {
      const folder = join(incoming, `release-${index}`)
      await agent.files.makeFolder(folder)
      await stageRelease(agent, release, assets.get(index), folder, features)
    }
  })
  // What an administrator has deployed, keys may deploy again.
  if (peer.key === null) {
    for (const { manifest } of releases) await keepInherited(agent, manifest.service.name, manifest)
  }
  for (const item of items) {
    if (item.kind !== 'service' || (await exists(agent.places.release(item.name, item.to)))) continue
    throw failed(`the host has no release ${item.to} of ${item.name}`)
  }
}

/** Puts the activation on record; from then on it doesn't need the connection. */
async function record({ agent }: State, { peer }: Session, request: ApplyRequest): Promise<Live> {
  const { id, who, what, nonce, items, guard: settings } = request
  const guard: GuardFile = {
    version: 1,
    ...{ id, who, what, nonce, settings, items },
    key: peer.key,
    connection: peer.connection,
    boot: await bootId(),
  }
  const made = join(agent.places.incoming, `${id}.guard`)
  const dir = agent.places.guard(id)
  try {
    await agent.files.makeFolder(agent.places.guards, 0o700)
    await agent.files.makeFolder(made, 0o700)
    await agent.files.makeFolder(join(made, ITEMS))
    await agent.files.put(join(made, EVENTS), '')
    await own(agent, made)
    await agent.files.write(join(made, 'guard.json'), `${JSON.stringify(guard)}\n`, 0o600)
    await agent.files.move(made, dir)
  } catch (error) {
    await agent.files.remove(made)
    throw error
  }
  await armTimer(agent, id, settings)
  return enliven(agent, dir, guard)
}

function begin(state: State, live: Live, session: Session, turn: Turn): void {
  const { agent, lives } = state
  lives.set(live.id, live)
  session.follow(live.id, 0)
  runActivation(agent, state.around, live, turn.clearingUp)
    .catch((error: unknown) => agent.log.error(`${live.id}: ${String(error)}`))
    .finally(() => {
      live.over.raise()
      turn.end()
    })
}
