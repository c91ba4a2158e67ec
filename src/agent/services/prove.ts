import type { Slot } from '../../contract/service.js'
import type { ReleaseLayout } from '../../release/layout.js'
import type { ItemWork } from '../activation/item.js'
import type { ServiceDeps } from './deps.js'
import { drained, stopSlot } from './draining.js'
import { startWithin, throwIfAborted, waitAnswering } from './health.js'
import { type HealthAsker, type HealthProbe, healthAsker, probeOf } from './health-probe.js'
import type { ServiceRecord } from './item-record.js'
import { explainingRefusals, startNetwork } from './network.js'
import { holdRequests } from './queue.js'
import { readRelease, type StoredRelease } from './releases.js'
import { canarySlot, endCanary, markRunning, setSlot, slotRelease, slotUnit, slotUnits } from './slots.js'
import { installQueues, installSlotUnits } from './units.js'

/**
 * Starts the new instance beside the old one, where nobody sees it, and lets it prove itself. One port has room for one:
 * there the old instance finishes and stops first, while new requests wait.
 */
export async function prove(
  work: ItemWork<ServiceRecord>,
  deps: ServiceDeps,
  release: StoredRelease,
): Promise<void> {
  const probe = await probeOf(work.agent, work.record.name, release, work.record.toSlot)
  // Who asks starts while all else is made ready.
  const asker = healthAsker(work.agent, probe)
  try {
    await startAndAsk(work, deps, release, probe, asker)
  } finally {
    asker.end()
  }
}

async function startAndAsk(
  work: ItemWork<ServiceRecord>,
  deps: ServiceDeps,
  release: StoredRelease,
  probe: HealthProbe,
  asker: HealthAsker,
): Promise<void> {
  const { agent, record } = work
  const { name, slot, toSlot, toNumber } = record
  await work.step('slot')
  await freeSlot(work, deps, toSlot)
  await setSlot(agent, name, toSlot, toNumber)
  await work.step('units')
  await installSlotUnits(agent, name, release.dir, toSlot)
  const old = record.fromNumber === null ? undefined : await readRelease(agent, name, record.fromNumber)
  const holding = sharesPort(record, release.layout, old?.layout)
  let heldSince: number | undefined
  if (holding && old && slot !== null) {
    await installQueues(agent, name, release.dir)
    await work.step('hold')
    await holdRequests(agent, name)
    heldSince = performance.now()
    await drained(name, slot, old.layout, agent)
    await work.step('stop')
    await stopSlot(agent, name, slot)
  }
  await work.step('start')
  await startSlot(work, name, toSlot, probe)
  await work.step('health')
  await work.tell('checking', String(toNumber))
  await explainingRefusals(agent, probe.network, () =>
    waitAnswering(work, slotUnit(name, toSlot), probe, asker),
  )
  if (heldSince !== undefined) {
    await work.tell('held', ((performance.now() - heldSince) / 1000).toFixed(2))
  }
}

/** Starts a slot's instance; that it fails is found, with the reason, by the health check. */
export async function startSlot(
  work: ItemWork<ServiceRecord>,
  service: string,
  slot: Slot,
  { health, network }: Pick<HealthProbe, 'health' | 'network'>,
): Promise<void> {
  const { agent } = work
  const unit = slotUnit(service, slot)
  await markRunning(agent, service, slot)
  if (network !== undefined) {
    await startNetwork(agent, service, slot, work.signal)
    await work.step('join-network')
  }
  await agent.systemd.resetFailed(unit)
  await startWithin(work, 'start', [unit], health.timeoutMs)
}

/** Makes sure that nothing of an earlier release runs in the slot that is to be used. */
async function freeSlot(work: ItemWork<ServiceRecord>, deps: ServiceDeps, slot: Slot): Promise<void> {
  const { agent, record, signal } = work
  const { name } = record
  const there = await slotRelease(agent, name, slot)
  if ((await canarySlot(agent, name)) === slot) {
    await endCanary(agent, name)
    if (there !== undefined) await deps.draining.retire(name, slot, there)
  }
  const finished = deps.draining.finished(name, slot)
  if (finished) {
    await work.tell('draining', String(there ?? ''))
    await Promise.race([finished, aborted(signal)])
    throwIfAborted(signal)
  }
  const states = await agent.systemd.units(slotUnits(name, slot))
  if (states.some(({ active }) => active !== 'inactive')) await stopSlot(agent, name, slot)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Whether the old instance and the new one can't run side by side, since both listen on one port. */
export function sharesPort(
  { slot, toSlot }: ServiceRecord,
  next: ReleaseLayout,
  old: ReleaseLayout | undefined,
): boolean {
  if (slot === null || slot === toSlot) return false
  const [from, to] = [old?.endpoints?.[slot], next.endpoints?.[toSlot]]
  if (from === undefined || to === undefined || 'unix' in from || 'unix' in to) return false
  return from.tcp === to.tcp && from.at === undefined && to.at === undefined
}
