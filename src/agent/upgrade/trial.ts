import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { bundlePath } from './versions.js'

/**
 * A version on trial: a drop-in of the agent's unit, where a reboot forgets it, has it started in place of the current one.
 * So whatever happens meanwhile, the host starts with a version that has proved itself.
 */

/** Where systemd looks for what holds until the next boot. */
const RUNTIME_UNITS = '/run/systemd/system'

const dropIn = (units: string) => join(units, `${AGENT_UNIT}.d`, 'trial.conf')

/** Has the next start of the agent be that of a version. */
export async function beginTrial(agent: Agent, hash: string, units = RUNTIME_UNITS): Promise<void> {
  const { agents } = agent.places
  const command = `${join(agents, 'node/bin/node')} ${bundlePath(agent, hash)} serve`
  await agent.files.makeFolder(dirname(dropIn(units)))
  await agent.files.write(dropIn(units), `[Service]\nExecStart=\nExecStart=${command}\n`)
  await agent.systemd.daemonReload()
}

/** Has the next start be that of the current version. */
export async function endTrial(agent: Agent, units = RUNTIME_UNITS): Promise<void> {
  await agent.files.remove(dropIn(units))
  await agent.systemd.daemonReload()
}

/** A swap that was killed is begun again within this; one that does not end then never will. */
const TRIAL_MS = 20_000
const LOOK_MS = 100

/** Resolves when no version is on trial: only then is it known that this process goes on. */
export async function noTrial(units = RUNTIME_UNITS): Promise<void> {
  const end = performance.now() + TRIAL_MS
  while ((await exists(dropIn(units))) && performance.now() < end) await sleep(LOOK_MS)
}
