import { failed } from '../../contract/failure.js'
import { type Key, keyRightsText } from '../../contract/key.js'
import type { Params, Result } from '../../contract/verbs.js'
import { readKey } from '../access/key-record.js'
import * as keys from '../access/keys.js'
import { endLogins } from '../access/logins.js'
import { keyText, losesRights, sameKey } from '../access/rights.js'
import type { Agent } from '../agent.js'
import { forgetRealised } from '../realise/root.js'
import { projectProblem } from '../services/project.js'
import { readRelease } from '../services/releases.js'
import { currentRelease } from '../services/slots.js'
import type { Serving } from './login.js'
import { fromOf, type PeerInfo } from './session.js'

/** Authorises a key. Another one of the same name is done with. */
export async function addKey(
  serving: Serving,
  peer: PeerInfo,
  params: Params<'addKey'>,
): Promise<Result<'addKey'>> {
  const { agent } = serving.state
  await requireOwnProject(agent, params)
  const key = keys.keyOf(params)
  const before = await readKey(agent, key)
  const added = await keys.addKey(agent, params)
  const services = params.services.map(({ service }) => service)
  const may = keyRightsText({ services, observe: params.observe })
  if (added.changed) serving.audit.about(key, fromOf(peer), `added, ${added.fingerprint}: ${may}`)
  if (before !== undefined && before.key !== params.key) {
    await endKey(serving, key, `another key took the place of the ${keyText(key)}`)
  } else if (before !== undefined && losesRights(before, params)) {
    // It looks, or deploys, by rights of before.
    await endKey(serving, key, `the ${keyText(key)} may do less from now on`)
  }
  return added
}

/** A key for services is given by whoever deploys them. */
async function requireOwnProject(
  agent: Agent,
  { services, project, takeOver = false }: Params<'addKey'>,
): Promise<void> {
  for (const { service } of services) {
    const number = await currentRelease(agent, service)
    if (takeOver || number === undefined) continue
    const problem = await projectProblem(await readRelease(agent, service, number), project)
    if (problem !== undefined) throw failed(problem)
  }
}

/** Ends a key's access, with all that it has open. */
export async function removeKey(serving: Serving, peer: PeerInfo, key: Key): Promise<Result<'removeKey'>> {
  const removed = await keys.removeKey(serving.state.agent, key)
  serving.audit.about(key, fromOf(peer), 'removed')
  await endKey(serving, key, `the key ${key.name} was removed`)
  return removed
}

/** Ends a key's logins, and has its activations put back. */
async function endKey({ state, sessions }: Serving, key: Key, reason: string): Promise<void> {
  const { agent, arriving, lives } = state
  sessions.endOf(key)
  for (const one of arriving.values()) if (sameKey(one.key, key)) one.abort.abort(reason)
  for (const { guard, over, abort } of lives.values()) {
    if (!over.set && sameKey(guard.key, key)) abort.abort(reason)
  }
  await endLogins(agent, key)
  await forgetRealised(agent, key)
}
