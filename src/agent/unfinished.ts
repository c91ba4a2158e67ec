import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Agent } from './agent.js'

/** What lies in these arrives as a whole: only beside its first level is anything replaced later. */
const WHOLE = new Set(['agent', 'nginx-trees', 'releases'])

/** Takes away what was being written when the agent was killed or the host went off: no name led to it yet. */
export async function removeUnfinished(agent: Agent, unitDirs: readonly string[]): Promise<void> {
  for (const folder of new Set(unitDirs)) await agent.files.removeUnfinished(folder)
  await removeBelow(agent, agent.places.root)
}

async function removeBelow(agent: Agent, folder: string): Promise<void> {
  await agent.files.removeUnfinished(folder)
  for (const found of await readdir(folder, { withFileTypes: true })) {
    if (!found.isDirectory()) continue
    const below = join(folder, found.name)
    if (WHOLE.has(basename(folder))) await agent.files.removeUnfinished(below)
    else await removeBelow(agent, below)
  }
}
