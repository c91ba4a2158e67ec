import { join } from 'node:path'
import type { ApplyRequest } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { bootId } from '../guard/boot.js'
import { enliven, type Live } from '../guard/live.js'
import { own } from '../guard/owner.js'
import { EVENTS, type GuardFile, ITEMS } from '../guard/record.js'
import { armTimer } from '../guard/timer.js'
import type { PeerInfo } from './session.js'

/** Puts an activation on record, whole or not at all; from then on it doesn't need the connection. */
export async function recordActivation(agent: Agent, peer: PeerInfo, request: ApplyRequest): Promise<Live> {
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
