import type { Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { readOwned } from '../services/owned.js'
import { removeState } from '../services/state.js'
import { removeUser, userExists } from '../services/users.js'

/**
 * Takes away the users whose service has no state, and with `purge` all state and users that slipway made: also those of
 * services that were removed before. Resolves to what stays.
 */
export async function leaveOwned(
  agent: Agent,
  purge: boolean,
): Promise<Pick<Result<'uninstall'>, 'states' | 'users'>> {
  const owned = await readOwned(agent)
  const states: string[] = []
  for (const name of Object.keys(owned.states)) {
    if (purge) await removeState(agent, name)
    if (await exists(agent.places.state(name))) states.push(name)
  }
  const users: string[] = []
  for (const name of Object.keys(owned.users)) {
    if (!states.includes(name)) await removeUser(agent, name)
    if (await userExists(agent, name)) users.push(name)
  }
  return { states, users }
}
