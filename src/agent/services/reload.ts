import { ItemProblem, type ItemWork } from '../activation/item.js'
import { waitAnswering } from './health.js'
import { canBeAsked, probeOf } from './health-probe.js'
import type { ServiceRecord } from './item-record.js'
import type { StoredRelease } from './releases.js'
import { slotUnit } from './slots.js'

/**
 * Has programs that run on read their files again where only those differ between two releases, and lets the service
 * prove itself with them. Throws {@link ItemProblem} where it does not.
 */
export async function rereadFiles(
  work: ItemWork<ServiceRecord>,
  from: StoredRelease | undefined,
  to: StoredRelease,
): Promise<void> {
  const { agent, record } = work
  const { reloads, slots } = to.layout
  if (record.restart || reloads === null || from?.manifest?.package === to.manifest?.package) return
  const main = slots === null ? `${record.name}.service` : slotUnit(record.name, record.toSlot)
  const units = [...(reloads.main ? [main] : []), ...reloads.processes]
  await work.step('reload')
  for (const unit of units) {
    const result = await agent.systemd.reloadOrRestart(unit)
    if (result !== 'done') throw new ItemProblem(`${unit} could not read its files again (${result})`)
  }
  if (canBeAsked(to)) await waitAnswering(work, main, await probeOf(agent, record.name, to, record.toSlot))
}
