import { join } from 'node:path'
import type { Adopts, Item, ServiceItem } from '../../contract/activation.js'
import type { Slot } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import type { ServiceRecord } from './item-record.js'
import { readRelease, type StoredRelease } from './releases.js'
import { currentRelease, currentSlot, otherSlot, slotUnit } from './slots.js'

/** Puts on record what serves, and from which slot: that is what would be put back. */
export async function prepareService(agent: Agent, item: Item): Promise<ServiceRecord> {
  const { name, to, expected, action, percent, hooks, renames, adopts, project, takeOver } =
    item as ServiceItem
  const from = (await currentRelease(agent, name)) ?? null
  const slot = (await currentSlot(agent, name)) ?? null
  const next = await readRelease(agent, name, to)
  const old = from === null ? undefined : await readRelease(agent, name, from)
  const runs =
    old !== undefined &&
    (action === 'deploy' || action === 'rollback') &&
    (await sameRuntime(old, next)) &&
    (await allRun(agent, name, old, slot))
  const slotted = next.layout.slots !== null || (old?.layout.slots ?? null) !== null
  return {
    version: 1,
    kind: 'service',
    name,
    action,
    to: String(to),
    // What is put back of a new name is the same release under the old one.
    from: renames !== undefined ? String(to) : from === null ? beforeOf(adopts) : String(from),
    began: Date.now(),
    confirm: true,
    revert: true,
    toNumber: to,
    fromNumber: from,
    expected,
    percent: percent ?? null,
    hooks,
    renames,
    adopts,
    project,
    takeOver,
    slot,
    toSlot: renames === undefined ? nextSlot(slot, !runs && slotted) : await slotBeside(agent, renames),
    restart: !runs,
  }
}

/** What people know it by that a first release takes the place of; null for nothing. */
function beforeOf(adopts: Adopts | undefined): string | null {
  return adopts === undefined ? null : (adopts.unit ?? "nginx's own site")
}

async function sameRuntime(old: StoredRelease, next: StoredRelease): Promise<boolean> {
  const [one, other] = await Promise.all([old, next].map(({ dir }) => readText(join(dir, 'runtime'))))
  return one !== undefined && one === other
}

/** Whether all that should run of a release does. */
async function allRun(
  agent: Agent,
  service: string,
  { layout }: StoredRelease,
  slot: ServiceRecord['slot'],
): Promise<boolean> {
  const units = [...layout.processes, ...(layout.slots && slot ? [slotUnit(service, slot)] : [])]
  return (await agent.systemd.units(units)).every(({ active }) => active === 'active')
}

function nextSlot(slot: Slot | null, other: boolean): Slot {
  if (slot === null) return 'blue'
  return other ? otherSlot(slot) : slot
}

/** Under its new name a service has the same ports: the one that the old instance isn't at is free. */
async function slotBeside(agent: Agent, renames: string): Promise<Slot> {
  const slot = await currentSlot(agent, renames)
  return slot === undefined ? 'blue' : otherSlot(slot)
}
