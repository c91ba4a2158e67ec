import type { Result } from '../../contract/verbs.js'
import type { Agent } from '../agent.js'
import { failedUpgrade } from './failed-upgrade.js'
import type { OwnBundle } from './own-bundle.js'

/** What deployers are told of upgrades of this agent. What can't be read keeps nobody out. */
export async function upgradeState(
  agent: Agent,
  own: OwnBundle,
): Promise<Pick<Result<'hello'>, 'declared' | 'failedUpgrade'>> {
  const failure = await failedUpgrade(agent).catch((error: unknown) => {
    agent.log.warning(`why the last upgrade failed can't be read: ${error}`)
    return undefined
  })
  return { ...(own.declared && { declared: true }), ...(failure && { failedUpgrade: failure }) }
}
