import type { Adopts } from '../../../contract/activation.js'
import { ItemProblem, type ItemWork } from '../../activation/item.js'
import { problemOf } from '../../activation/problem.js'
import { exists } from '../../files.js'
import type { ServiceDeps } from '../deps.js'
import { stopSlot } from '../draining.js'
import type { ServiceRecord } from '../item-record.js'
import { holdRequests, queuesIdle, releaseRequests } from '../queue.js'
import { readRelease, type StoredRelease } from '../releases.js'
import { setSlot, switchSlot } from '../slots.js'
import { installQueues, removeUnits } from '../units.js'
import { asideFolder } from './aside.js'
import { bringCertificates } from './certificates.js'
import { finishRequests, restoreUnit, retireUnit } from './old-unit.js'
import { copyState, giveStateBack } from './state.js'
import { editVhosts, restoreVhosts } from './vhost.js'

type Work = ItemWork<ServiceRecord>

/** In the item's folder, once nginx's files are edited. */
const ROUTED = 'adopt-routed'

/**
 * Before the first instance starts: what it takes the place of ends, and its data is copied. Where the port is one that
 * the program chooses, requests wait meanwhile; else they fail until the routes are handed over.
 */
export async function takeOver(
  work: Work,
  deps: ServiceDeps,
  adopts: Adopts,
  { layout, dir, nginx }: StoredRelease,
): Promise<void> {
  const { agent, record } = work
  const { name, toSlot, toNumber } = record
  const folder = asideFolder(agent, name)
  await work.step('adopt')
  // What an earlier service of that name took over is none of this one's.
  await agent.files.remove(folder)
  await bringCertificates(agent, adopts, nginx)
  const { directives, servers = [] } = adopts
  if (layout.slots === 'fixed' && directives.length + servers.length > 0) {
    await work.step('adopt-hold')
    await installQueues(agent, name, dir)
    await holdRequests(agent, name)
    await setSlot(agent, name, toSlot, toNumber)
    await switchSlot(agent, name, toSlot)
    await takeRoutes(work, deps, adopts)
    await deps.publish()
  }
  if (adopts.unit !== null) {
    await work.step('adopt-unit')
    await finishRequests(agent, adopts.unit, layout.drainMs)
    await retireUnit(agent, folder, adopts.unit)
  }
  await work.step('adopt-state')
  await copyState(work, adopts.state)
}

/** Has somebody else's server blocks give way, or include the routes, from nginx's next reload. Safe to repeat. */
export async function takeRoutes(
  { agent, record, step, dir }: Work,
  deps: ServiceDeps,
  adopts: Adopts,
): Promise<void> {
  const mark = `${dir}/${ROUTED}`
  if (await exists(mark)) return
  await step('adopt-routes')
  await deps.markUnread()
  await editVhosts(agent, asideFolder(agent, record.name), adopts)
  await agent.files.touch(mark)
}

/**
 * What there was before serves again. `publish` has nginx lead there: requests wait until then where they can, so it
 * comes after the old program's start.
 */
export async function giveBack(work: Work, deps: ServiceDeps, adopts: Adopts): Promise<void> {
  const { agent, record } = work
  const { name, toSlot, toNumber } = record
  const folder = asideFolder(agent, name)
  const { layout } = await readRelease(agent, name, toNumber)
  await work.step('adopt-stop')
  if (layout.slots === 'fixed' && (await exists(folder))) {
    await holdRequests(agent, name).catch((error: unknown) => {
      // Requests then fail until the old program is up, which it must be all the same.
      agent.log.warning(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    })
  }
  if (layout.slots === null) await removeUnits(agent, name)
  else {
    await stopSlot(agent, name, toSlot)
    await Promise.all([...layout.processes, ...layout.timers].map((unit) => agent.systemd.stop(unit)))
  }
  await work.step('adopt-state')
  await giveStateBack(work, adopts.state)
  await work.step('adopt-unit')
  const { unit } = adopts
  // What does not start again keeps nobody from finding the rest as it was.
  const problem = await problemOf(async () => {
    if (unit !== null) await restoreUnit(agent, folder, unit)
  })
  await releaseRequests(agent, name)
  await work.step('adopt-routes')
  await deps.markUnread()
  await restoreVhosts(agent, folder)
  await deps.publish()
  if (problem !== undefined) throw new ItemProblem(problem)
  if (layout.slots === 'fixed') await queuesIdle(name, layout.drainMs)
}

/** All is as it was: nothing needs to be kept. */
export function forgetAside({ agent, record }: Work): Promise<void> {
  return agent.files.remove(asideFolder(agent, record.name))
}

/** What stays of what was there before: nobody needs it any more. */
export async function tellKept(work: Work, { state }: Adopts): Promise<void> {
  const { agent, record } = work
  await work.tell('note', `what it took the place of is kept in ${asideFolder(agent, record.name)}`)
  const copied = state.map(({ from }) => from).filter((from) => from !== agent.places.state(record.name))
  if (copied.length > 0) {
    await work.tell(
      'note',
      `its state is a copy of ${copied.join(', ')}, which nothing reads any more: backups and the like must know`,
    )
  }
}
