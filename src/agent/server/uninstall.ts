import { failed } from '../../contract/failure.js'
import type { Params, Result } from '../../contract/verbs.js'
import { readKeys } from '../access/key-record.js'
import * as all from '../uninstall/uninstall.js'
import { inTurn } from './in-turn.js'
import { removeKey } from './keys.js'
import type { Serving } from './login.js'
import { type PeerInfo, whoAsks } from './session.js'

/** Takes slipway off this host while nobody else works on it. */
export function uninstall(
  serving: Serving,
  peer: PeerInfo,
  { who, purge }: Params<'uninstall'>,
): Promise<Result<'uninstall'>> {
  const { state, sessions } = serving
  const { agent, deps, nginx } = state
  const removeKeys = async () => {
    for (const { service, name } of await readKeys(agent)) await removeKey(serving, peer, { service, name })
  }
  return inTurn(state, whoAsks(peer, who), 'take slipway off this host', async () => {
    if (sessions.isJoined(peer)) {
      throw failed('somebody else is logged in, and may be about to deploy', {
        next: 'Wait until deploys, and `slipway logs --follow`, have ended; then run it again.',
      })
    }
    return all.uninstall(agent, { deps, nginx, removeKeys }, purge)
  })
}
