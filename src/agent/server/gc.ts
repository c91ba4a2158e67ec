import { failed } from '../../contract/failure.js'
import type { Params, Result } from '../../contract/verbs.js'
import { collectGarbage } from '../room/collect.js'
import { inTurn } from './in-turn.js'
import type { Serving } from './login.js'
import { type PeerInfo, whoAsks } from './session.js'

/** Collects garbage while nobody works on the host: what a login is copying has no root yet. */
export async function gc(
  { state, sessions }: Serving,
  peer: PeerInfo,
  { who, shortOfKb }: Params<'gc'>,
): Promise<Result<'gc'>> {
  return inTurn(state, whoAsks(peer, who), "collect Nix's garbage", async () => {
    if (sessions.isJoined(peer)) {
      throw failed('somebody else is logged in, and may be copying packages that nothing holds yet', {
        next: 'Wait until deploys, and `slipway logs --follow`, have ended; then run it again.',
      })
    }
    return collectGarbage(state.agent, shortOfKb)
  })
}
