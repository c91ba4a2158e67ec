import { join } from 'node:path'
import { ItemProblem, type ItemWork } from '../activation/item.js'
import { type Account, accountOf } from './account.js'
import type { SystemPlaces } from './places.js'
import type { SystemRecord } from './record.js'

export type SystemWork = ItemWork<SystemRecord>

/** Where what the item's programs print is kept: those of its last step. */
export function outputOf({ dir }: Pick<SystemWork, 'dir'>): string {
  return join(dir, 'output')
}

/** Who activates it. */
export async function ownerOfWork({ agent, record }: SystemWork, places: SystemPlaces): Promise<Account> {
  const owner = await accountOf(agent, record.user, places)
  if (owner === undefined) throw new ItemProblem(`the host has no user ${record.user}`)
  return owner
}
