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
 * What the agent does once it is known to stay, before it begins any work: its unit becomes what this version wants, from
 * the next start on.
 */
export async function settleIn(agent: Agent, own: OwnBundle): Promise<void> {
  await noTrial()
  if (own.declared || (await currentVersion(agent)) !== own.hash) return
  const at = await persistentUnitDir(agent)
  const path = join(at, AGENT_UNIT)
  if ((await readText(path)) !== AGENT_UNIT_TEXT) {
    await agent.files.makeFolder(at)
    await agent.files.write(path, AGENT_UNIT_TEXT)
    await agent.systemd.daemonReload()
  }
  await enableUnit(agent, at, AGENT_UNIT)
}
