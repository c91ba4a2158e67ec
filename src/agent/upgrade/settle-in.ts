import { join } from 'node:path'
import { AGENT_UNIT_TEXT } from '../../contract/agent-unit.js'
import { AGENT_UNIT } from '../../contract/paths.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { enableUnit } from '../services/units.js'
import { persistentUnitDir } from '../units-dir.js'
import type { OwnBundle } from './own-bundle.js'
import { noTrial } from './trial.js'
import { currentVersion } from './versions.js'

/**
 * Waits until it is known that this version stays, before it begins any work. Its unit then becomes what this version
 * wants, from the next start on; where that fails, work goes on all the same.
 */
export async function settleIn(agent: Agent, own: OwnBundle): Promise<void> {
  await noTrial()
  if (own.declared || (await currentVersion(agent)) !== own.hash) return
  await writeUnit(agent).catch((error: unknown) =>
    agent.log.error(`${AGENT_UNIT} is not up to date: ${error}`),
  )
}

async function writeUnit(agent: Agent): Promise<void> {
  const at = await persistentUnitDir(agent)
  const path = join(at, AGENT_UNIT)
  if ((await readText(path)) !== AGENT_UNIT_TEXT) {
    await agent.files.makeFolder(at)
    await agent.files.write(path, AGENT_UNIT_TEXT)
    await agent.systemd.daemonReload()
  }
  await enableUnit(agent, at, AGENT_UNIT)
}
