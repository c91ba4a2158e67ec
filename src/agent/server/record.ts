import { join } from 'node:path'
import type { ApplyRequest } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { bootId } from '../guard/boot.js'
import { enliven, type Live } from '../guard/live.js'
import { own } from '../guard/owner.js'
import { EVENTS, type GuardFile, ITEMS } from '../guard/record.js'
import { armTimer, disarmTimer } from '../guard/timer.js'
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
  // Beside the rest: where there is no record yet, the timer has nothing to put back.
  const arming = armTimer(agent, id, settings)
  try {
    await agent.files.makeFolder(agent.places.guards, 0o700)
    await agent.files.makeFolder(made, 0o700)
    await agent.files.makeFolder(join(made, ITEMS))
    await agent.files.put(join(made, EVENTS), '')
    await own(agent, made)
    await agent.files.write(join(made, 'guard.json'), `${JSON.stringify(guard)}\n`, 0o600)
    await arming
    await agent.files.move(made, dir)
  } catch (error) {
    if ((await settled(arming)) === 'armed') await disarmTimer(agent, id)
    await agent.files.remove(made)
    throw error
  }
  return enliven(agent, dir, guard)
}

function settled(arming: Promise<void>): Promise<'armed' | 'not armed'> {
  return arming.then(
    () => 'armed' as const,
    () => 'not armed' as const,
  )
}
