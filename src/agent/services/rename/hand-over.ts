import { join } from 'node:path'
import type { Slot } from '../../../contract/service.js'
import { renameKeys } from '../../access/keys.js'
import { ItemProblem, type ItemWork } from '../../activation/item.js'
import type { Agent } from '../../agent.js'
import { removeSecrets } from '../../secrets/prune.js'
import type { ServiceDeps } from '../deps.js'
import { drained, stopSlot } from '../draining.js'
import { waitAnswering } from '../health.js'
import { probeOf } from '../health-probe.js'
import type { ServiceRecord } from '../item-record.js'
import { startSlot } from '../prove.js'
import { holdRequests, queuesIdle, releaseRequests, removeQueue } from '../queue.js'
import {
  forgetReleases,
  goodOf,
  markGoodSince,
  readRelease,
  releaseNumbers,
  type StoredRelease,
} from '../releases.js'
import { currentRelease, currentSlot, slotUnit } from '../slots.js'
import { removeSocketFolder } from '../socket-folder.js'
import { installQueues, removeUnits } from '../units.js'
import { forgetRename } from './mark.js'
import { forgetOldState, forgetUser, moveState, moveStateBack, shareUser } from './state.js'

/** A service that is getting another name, as it serves. */
interface Old {
  name: string
  release: StoredRelease
  slot: Slot
}

async function oldOf(agent: Agent, name: string): Promise<Old | undefined> {
  const [number, slot] = await Promise.all([currentRelease(agent, name), currentSlot(agent, name)])
  if (number === undefined || slot === undefined) return undefined
  return { name, release: await readRelease(agent, name, number), slot }
}

/**
 * Before the new name's instance starts: user and state are its, too. What can't run twice stops; requests to a
 * hard-coded port wait.
 */
export async function handOver(
  work: ItemWork<ServiceRecord>,
  deps: ServiceDeps,
  name: string,
): Promise<void> {
  const { agent, record } = work
  const old = await oldOf(agent, name)
  if (old === undefined) return
  const { layout, dir } = old.release
  await work.step('rename-user')
  if (layout.user) await shareUser(agent, record.name, name)
  // The port that the new one gets may be that of an instance at its last requests.
  await deps.draining.finished(name, record.toSlot)
  const jobs = [...layout.processes, ...layout.timers]
  if (layout.slots === 'fixed') {
    await work.step('hold')
    await installQueues(agent, name, dir)
    await holdRequests(agent, name)
    await drained(name, old.slot, layout, agent)
    await stopSlot(agent, name, old.slot)
  }
  await work.step('rename-stop')
  if (layout.processes.length > 0) {
    await work.tell(
      'note',
      `${layout.processes.join(', ')} can't run twice: stopped until its successor starts`,
    )
  }
  await Promise.all(jobs.map((unit) => agent.systemd.stop(unit)))
  await work.step('rename-state')
  if (layout.state) await moveState(agent, record.name, name)
}

/** The new name serves: what waited under the old one goes on. */
export async function handedOver({ agent }: ItemWork<ServiceRecord>, name: string): Promise<void> {
  await releaseRequests(agent, name)
}

/** The old name serves again as it did; nothing of the new one runs any more. */
export async function takeBack(work: ItemWork<ServiceRecord>, name: string): Promise<void> {
  const { agent, record } = work
  await work.step('rename-state')
  await moveStateBack(agent, record.name, name)
  const old = await oldOf(agent, name)
  if (old === undefined) return
  const { layout } = old.release
  const unit = slotUnit(name, old.slot)
  if (layout.slots !== null && (await agent.systemd.unit(unit)).active !== 'active') {
    const probe = await probeOf(agent, name, old.release, old.slot)
    await work.step('start')
    await startSlot(work, name, old.slot, probe)
    await work.step('health')
    await waitAnswering(work, unit, probe)
  }
  await releaseRequests(agent, name)
  for (const job of [...layout.processes, ...layout.timers]) {
    await agent.systemd.resetFailed(job)
    if ((await agent.systemd.start(job)) !== 'done') throw new ItemProblem(`${job} could not be started`)
  }
}

/** Nothing of the new name stays. */
export async function forgetNew({ agent, record }: ItemWork<ServiceRecord>): Promise<void> {
  const { name } = record
  await agent.files.remove(join(agent.places.maintenance, name))
  await removeSecrets(agent, name, true)
  await forgetUser(agent, name)
  await agent.files.remove(agent.places.service(name))
  forgetReleases(agent, name)
}

/** The new name is confirmed: the old instance finishes its requests, and nothing of the old name stays. */
export async function retireOld(
  work: ItemWork<ServiceRecord>,
  deps: ServiceDeps,
  name: string,
): Promise<void> {
  const { agent, record } = work
  const old = await oldOf(agent, name)
  if (old !== undefined) {
    for (const number of await releaseNumbers(agent, name)) {
      const good = await goodOf(agent.places.release(name, number))
      if (good !== null) await markGoodSince(agent, agent.places.release(record.name, number), good)
    }
    if (old.release.layout.slots !== null) {
      await work.step('rename-drain')
      await deps.draining.retire(name, old.slot, old.release.number)
      await deps.draining.finished(name, old.slot)
      await queuesIdle(name, old.release.layout.drainMs)
    }
  }
  await work.step('rename-retire')
  await renameKeys(agent, name, record.name)
  await removeUnits(agent, name)
  await removeQueue(agent, name)
  await removeSocketFolder(agent, name)
  await forgetOldState(agent, record.name, name)
  await forgetUser(agent, name)
  await removeSecrets(agent, name, true)
  await agent.files.remove(join(agent.places.maintenance, name))
  await agent.files.remove(agent.places.service(name))
  forgetReleases(agent, name)
  await forgetRename(agent, name)
}
