import { join } from 'node:path'
import { failed } from '../../contract/failure.js'
import type { Params } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { KEPT, secretFolder } from './places.js'
import { sweepSecrets } from './prune.js'
import { type Step, storeKey, storeValue } from './store.js'
import { withSecrets } from './turns.js'

/** Stores a secret that this host alone has. */
export function keepSecret(
  agent: Agent,
  { service, name, version, key, value }: Omit<Params<'keepSecret'>, 'who'>,
  step: Step,
): Promise<void> {
  return withSecrets(async () => {
    await storeKey(agent, service, key)
    await storeValue(agent, { service, name, version, value }, step)
    await agent.files.link(version, join(secretFolder(agent, service, name), KEPT))
  })
}

/** Keeps it no longer; releases that refer to it do so still. */
export function forgetSecret(
  agent: Agent,
  { service, name }: Omit<Params<'forgetSecret'>, 'who'>,
): Promise<void> {
  return withSecrets(async () => {
    const kept = join(secretFolder(agent, service, name), KEPT)
    if (!(await exists(kept))) throw failed(`the host keeps no secret ${name} of ${service}`)
    await agent.files.remove(kept)
    await sweepSecrets(agent, service)
  })
}
