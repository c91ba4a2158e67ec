import { CallFailed, type Failure } from '../../contract/failure.js'
import { CONTRACT_VERSION, type Params, type Verb } from '../../contract/verbs.js'
import type { Audit } from '../access/audit.js'
import { refusedText, sameKey } from '../access/rights.js'
import { refused, rightsOf } from '../access/session.js'
import { callText, verbAllowed } from '../access/verb-rights.js'
import { fromOf, type PeerInfo } from './session.js'
import type { State } from './state.js'

/** Throws where a login may not make a call. */
export type Allow = (verb: Verb, params: Params<Verb>) => Promise<void>

/** Before `hello` nothing is answered, and to a key only what it may do as things stand at that moment. */
export function createAllow(state: State, audit: Audit, peer: PeerInfo): Allow {
  const { agent } = state
  const { key } = peer
  const from = fromOf(peer)
  let missing: Failure | undefined = { kind: 'invalid', problem: 'the first call must be hello' }
  return async (verb, params) => {
    agent.log.debug(`${from || 'a local login'}: ${callText(verb, params)}`)
    if (verb === 'hello') missing = otherVersion((params as Params<'hello'>).contract)
    if (missing !== undefined) throw new CallFailed(missing)
    if (key === null) return
    const rights = await rightsOf(agent, key)
    const owns = (id: string) => ownsActivation(state, peer, id)
    if (!verbAllowed(verb, params, rights, owns)) throw refused([refusedText(rights)])
    audit.asked(key, from, callText(verb, params))
  }
}

function otherVersion(contract: number): Failure | undefined {
  return contract === CONTRACT_VERSION ? undefined : { kind: 'version', contract: CONTRACT_VERSION }
}

/** Whether no other key, and no administrator, has begun an activation: one that isn't there is nobody's. */
function ownsActivation({ lives, arriving }: State, { key }: PeerInfo, id: string): boolean {
  const begun = lives.get(id)?.guard ?? arriving.get(id)
  return begun === undefined || sameKey(begun.key, key)
}
