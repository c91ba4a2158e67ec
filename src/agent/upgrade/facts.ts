import type { HostFacts } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { AGENT_VERSION } from '../version.js'
import { isRooted } from './node-root.js'
import type { OwnBundle } from './own-bundle.js'

/** What the agent reports of itself. */
export async function agentFacts(agent: Agent, own: OwnBundle): Promise<NonNullable<HostFacts['agent']>> {
  return {
    version: AGENT_VERSION,
    bundle: own.hash,
    node: process.version,
    // What a system refers to stays with it.
    rooted: own.declared || (await isRooted(agent)),
  }
}
