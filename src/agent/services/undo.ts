import { join } from 'node:path'
import { ItemProblem, type ItemWork } from '../activation/item.js'
import { problemOf } from '../activation/problem.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { forgetAside, giveBack } from './adopt/take-over.js'
import type { ServiceDeps } from './deps.js'
import { stopSlot } from './draining.js'
import { waitAnswering } from './health.js'
import { probeOf } from './health-probe.js'
import { isIrreversible } from './hooks.js'
import type { ServiceRecord } from './item-record.js'
import { followJobs, JOBS } from './jobs.js'
import { sharesPort, startSlot } from './prove.js'
import { holdRequests, releaseRequests, removeQueue } from './queue.js'
import { readRelease, type StoredRelease } from './releases.js'
import { rereadFiles } from './reload.js'
import { forgetNew, takeBack } from './rename/hand-over.js'
import { endCanary, setSlot, slotUnit, switchSlot } from './slots.js'
import { removeUnits } from './units.js'

/**
 * Puts back exactly the release and the slot that were current before, or nothing if there was none. Throws what is in
 * the way.
 */
export async function undoService(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record } = work
  const { name, fromNumber, slot, toSlot, toNumber } = record
  if (await isIrreversible(agent.places.release(name, toNumber))) {
    const meets = `release ${fromNumber ?? 'none'} meets it as it is now`
    await work.tell('note', `its hook has changed what can not be put back: ${meets}`)
  }
  if (fromNumber === null || slot === null) {
    await undoToNothing(work, deps)
    return
  }
  const old = await readRelease(agent, name, fromNumber)
  await work.step('switch')
  await endCanary(agent, name)
  if (slot === toSlot) await setSlot(agent, name, slot, fromNumber)
  await switchSlot(agent, name, slot)
  if (old.layout.slots !== null) await startAgain(work, old)
  const restart = record.restart && (await exists(join(work.dir, JOBS)))
  // A worker that does not come up keeps nobody's routes from leading to what serves.
  const problem = await problemOf(async () => {
    await followJobs(work, old, restart)
    if (slot === toSlot) await rereadFiles(work, await readRelease(agent, name, toNumber), old)
  })
  await work.step('routes')
  await deps.publish()
  if (problem !== undefined) throw new ItemProblem(problem)
  // What the failed release's instance is at, it may finish.
  if (slot !== toSlot) await deps.draining.retire(name, toSlot, toNumber)
}

async function startAgain(work: ItemWork<ServiceRecord>, old: StoredRelease): Promise<void> {
  const { agent, record } = work
  const { name, slot, toSlot, toNumber } = record
  if (slot === null) return
  const probe = await probeOf(agent, name, old, slot)
  const { layout } = await readRelease(agent, name, toNumber)
  if (sharesPort(record, layout, old.layout)) {
    await work.step('hold')
    await holdRequests(agent, name).catch((error: unknown) => {
      // Requests then fail until the old instance is up, which it must be all the same.
      agent.log.warning(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    })
    await work.step('stop')
    await stopSlot(agent, name, toSlot)
  }
  await work.step('start')
  await startSlot(work, name, slot, probe)
  await work.step('health')
  await waitAnswering(work, slotUnit(name, slot), probe)
  await releaseRequests(agent, name)
}

/** There was nothing before. */
async function undoToNothing(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record, step } = work
  const { name, renames, adopts } = record
  await step('switch')
  await agent.files.remove(join(agent.places.service(name), 'current'))
  // Of two that can't run beside each other, the old one starts before it gets the requests, else after.
  const alone = renames !== undefined && (await hasOnePort(agent, record))
  if (alone) {
    await removeUnits(agent, name)
    await takeBack(work, renames)
  }
  if (adopts !== undefined) await giveBack(work, deps, adopts)
  await step('routes')
  const refused = await deps.publish().then(
    () => undefined,
    (error: unknown) => error,
  )
  await removeUnits(agent, name)
  await removeQueue(agent, name)
  if (renames !== undefined && !alone) await takeBack(work, renames)
  await agent.files.remove(join(agent.places.service(name), 'slots'))
  if (renames !== undefined) await forgetNew(work)
  if (adopts !== undefined) await forgetAside(work)
  if (refused !== undefined) throw refused
}

async function hasOnePort(agent: Agent, { name, toNumber }: ServiceRecord): Promise<boolean> {
  if (!(await exists(agent.places.release(name, toNumber)))) return false
  return (await readRelease(agent, name, toNumber)).layout.slots === 'fixed'
}
