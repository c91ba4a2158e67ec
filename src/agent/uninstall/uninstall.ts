import { CallFailed, failed } from '../../contract/failure.js'
import type { Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { listFolder } from '../files.js'
import type { Nginx } from '../nginx/nginx.js'
import type { ServiceDeps } from '../services/deps.js'
import { removeService } from '../services/operate.js'
import { serviceNames } from '../services/releases.js'
import { removeDeployUser } from './deploy-user.js'
import { leaveNginx } from './nginx.js'
import { leaveOwned } from './owned.js'

/** What taking slipway off takes beside the agent. */
export interface UninstallParts {
  deps: ServiceDeps
  nginx: Pick<Nginx, 'facts'>
  /** Ends the access of all keys, with what they have open. */
  removeKeys(): Promise<void>
}

/** Takes off what the agent answers for. What is off already is passed over, so it can be called again. */
export async function uninstall(
  agent: Agent,
  { deps, nginx, removeKeys }: UninstallParts,
  purge: boolean,
): Promise<Result<'uninstall'>> {
  await step('its keys', removeKeys)
  const services = await serviceNames(agent)
  for (const name of services)
    await step(`the service ${name}`, () => removeService(agent, deps, name, purge))
  // What a crash left beside them is nobody's any more.
  await agent.files.remove(agent.places.services)
  const { version, domains } = await nginx.facts()
  await step("its part of nginx's configuration", () => leaveNginx(agent, { installed: version !== null }))
  const deployUser = await step('the user of its keys', () => removeDeployUser(agent))
  const stays = await step('users and state', () => leaveOwned(agent, purge))
  const systems = await listFolder(agent.places.systems)
  const aside = await listFolder(agent.places.adopted)
  return { services, deployUser, ...stays, systems, aside, included: domains }
}

/** What was taken off before a failure stays off. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const failure = error instanceof CallFailed && error.failure.kind === 'failed' ? error.failure : undefined
    const own = failure === undefined ? [String(error)] : [failure.what, failure.why]
    throw failed(`slipway is not all off: ${what} could not be removed`, {
      why: own.filter(Boolean).join(': '),
      next: failure?.next ?? 'Put that right, and run the command again: it goes on from there.',
    })
  }
}
