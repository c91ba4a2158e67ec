import { join } from 'node:path'
import type { ItemState } from '../../contract/activation.js'
import type { Agent } from '../agent.js'
import { listFolder } from '../files.js'
import { itemDir, itemState } from '../guard/record.js'

const UNDER_WAY: readonly (ItemState | undefined)[] = ['armed', 'active', 'reverting']

/** Whether an activation of an item is under way, or was cut off. */
export async function isActivating(agent: Agent, name: string): Promise<boolean> {
  const { guards } = agent.places
  const ids = await listFolder(guards)
  const states = await Promise.all(ids.map((id) => itemState(itemDir(join(guards, id), name))))
  return states.some((state) => UNDER_WAY.includes(state))
}
