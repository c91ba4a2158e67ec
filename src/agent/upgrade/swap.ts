import { join } from 'node:path'
import type { Agent } from '../agent.js'
import { createAgent } from '../context.js'
import { forgetFailedUpgrade, recordFailedUpgrade } from './failed-upgrade.js'
import { restartAgent } from './judge.js'
import { beginTrial, endTrial } from './trial.js'
import { currentVersion, keepVersions, makeCurrent } from './versions.js'

/** What tests put in the place of a host's. */
export interface SwapOptions {
  /** Where systemd looks for what holds until the next boot. */
  units?: string
  staysMs?: number
}

/**
 * Has a version take the place of the current one where it runs; else the current one is started again, and why is on
 * record. Run by the current version in a unit of its own, which begins it again where it was killed.
 */
export async function swap(
  agent: Agent,
  hash: string,
  { units, staysMs }: SwapOptions = {},
): Promise<'swapped' | 'kept'> {
  const before = await currentVersion(agent)
  if (before === hash) {
    await endTrial(agent, units)
    return 'swapped'
  }
  await beginTrial(agent, hash, units)
  const problem = await restartAgent(agent, staysMs).catch(
    (error: unknown) => `it could not be tried: ${error}`,
  )
  if (problem === undefined) {
    await makeCurrent(agent, hash)
    await forgetFailedUpgrade(agent)
    await endTrial(agent, units)
    await keepVersions(agent, [hash, before])
    agent.log.info(`the agent is version ${hash} now; ${before} stays beside it`)
    return 'swapped'
  }
  agent.log.error(`version ${hash} of the agent does not run, ${before} is started again: ${problem}`)
  // Before the old one answers, so that whoever asks it hears this.
  await recordFailedUpgrade(agent, hash, problem)
  await endTrial(agent, units)
  await agent.files.remove(join(agent.places.agents, hash))
  const again = await restartAgent(agent, staysMs)
  if (again !== undefined) agent.log.error(`version ${before} of the agent does not run either: ${again}`)
  return 'kept'
}

/** The same on this host. Either way it has done its work: a swap that was cut off is begun again. */
export async function swapHere(hash: string): Promise<number> {
  await swap(createAgent(), hash)
  return 0
}
