import { failed } from '../../contract/failure.js'
import type { Params, Result } from '../../contract/verbs.js'
import { readKey } from '../access/key-record.js'
import * as keys from '../access/keys.js'
import { endLogins } from '../access/logins.js'
import type { KeySession } from '../access/rights.js'
import type { Agent } from '../agent.js'
import { forgetRealised } from '../realise/root.js'
import { projectProblem } from '../services/project.js'
import { readRelease } from '../services/releases.js'
import { currentRelease } from '../services/slots.js'
import type { Serving } from './login.js'
import { sameKey } from './session.js'

/** Authorises a key. Another one of the same name is done with. */
export async function addKey(serving: Serving, params: Params<'addKey'>): Promise<Result<'addKey'>> {
  const { agent } = serving.state
  await requireOwnProject(agent, params)
  const before = await readKey(agent, params)
  const added = await keys.addKey(agent, params)
  if (before !== undefined && before.key !== params.key) {
    await endKey(serving, params, `another key took the place of the key ${params.name}`)
  }
  return added
}

/** A key for a service is given by whoever deploys it. */
async function requireOwnProject(
  agent: Agent,
  { service, project, takeOver = false }: Params<'addKey'>,
): Promise<void> {
  const number = await currentRelease(agent, service)
  if (takeOver || number === undefined) return
  const problem = await projectProblem(await readRelease(agent, service, number), project)
  if (problem !== undefined) throw failed(problem)
}

/** Ends a key's access, with all that it has open. */
export async function removeKey(serving: Serving, params: Params<'removeKey'>): Promise<Result<'removeKey'>> {
  const removed = await keys.removeKey(serving.state.agent, params)
  await endKey(serving, params, `the key ${params.name} was removed`)
  return removed
}

/** Ends a key's logins, and has its activations put back. */
async function endKey({ state, sessions }: Serving, key: KeySession, reason: string): Promise<void> {
  const { agent, arriving, lives } = state
  sessions.endOf(key)
  for (const one of arriving.values()) if (sameKey(one.key, key)) one.abort.abort(reason)
  for (const { guard, over, abort } of lives.values()) {
    if (!over.set && sameKey(guard.key, key)) abort.abort(reason)
  }
  await endLogins(agent, key)
  await forgetRealised(agent, key)
}
