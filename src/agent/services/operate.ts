import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { failed } from '../../contract/failure.js'
import { SLOTS } from '../../contract/service.js'
import { MAINTENANCE_SEEN_MS } from '../../release/nginx-server.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { removeSecrets } from '../secrets/prune.js'
import { unitDir } from '../units-dir.js'
import type { ServiceDeps } from './deps.js'
import { removeQueue } from './queue.js'
import { forgetReleases, readRelease } from './releases.js'
import { forgetRename } from './rename/mark.js'
import { canarySlot, currentRelease, endCanary, slotRelease, unmarkRunning } from './slots.js'
import { removeSocketFolder } from './socket-folder.js'
import { removeState } from './state.js'
import { disableUnit, installedUnits, removeUnits } from './units.js'
import { removeUser } from './users.js'

/** What people do between deploys. */

/** Throws where the host has no such service. */
export async function requireService(agent: Agent, service: string): Promise<void> {
  if (!(await exists(agent.places.service(service)))) throw failed(`the host has no service ${service}`)
}

/** Takes a canary's requests away from it. Resolves to its release. */
export async function withdraw(agent: Agent, deps: ServiceDeps, service: string): Promise<number> {
  const slot = await canarySlot(agent, service)
  const release = slot && (await slotRelease(agent, service, slot))
  if (slot === undefined || release === undefined) throw failed(`${service} has no canary`)
  await endCanary(agent, service)
  await deps.draining.retire(service, slot, release)
  return release
}

/** Closes a service for maintenance, or opens it again; ends when that is so for each request. */
export async function setMaintenance(agent: Agent, service: string, on: boolean): Promise<void> {
  const number = await currentRelease(agent, service)
  const routed = number !== undefined && (await readRelease(agent, service, number)).layout.probes.length > 0
  const { slots } =
    number === undefined ? { slots: null } : (await readRelease(agent, service, number)).layout
  if (!routed || slots === null) throw failed(`${service} has no routes that could be closed`)
  const mark = join(agent.places.maintenance, service)
  if (on) {
    await agent.files.makeFolder(agent.places.maintenance)
    await agent.files.touch(mark)
  } else await agent.files.remove(mark)
  await sleep(MAINTENANCE_SEEN_MS)
}

/** Stops all that runs of a service, also for the next boot. */
export async function stopService(agent: Agent, service: string): Promise<void> {
  const at = await unitDir(agent)
  const units = await installedUnits(agent, service)
  for (const slot of SLOTS) await unmarkRunning(agent, service, slot)
  const results = await Promise.all(
    units.map(async (name) => [name, await agent.systemd.stop(name)] as const),
  )
  for (const name of units) await disableUnit(agent, at, name)
  const stuck = results.find(([, result]) => result !== 'done')
  if (stuck) throw failed(`${stuck[0]} could not be stopped`, { why: `systemd says: ${stuck[1]}` })
}

/** Takes a service off the host. Resolves to whether its state stays. */
export async function removeService(
  agent: Agent,
  deps: ServiceDeps,
  service: string,
  purge: boolean,
): Promise<boolean> {
  const number = await currentRelease(agent, service)
  const state = number !== undefined && (await readRelease(agent, service, number)).layout.state
  // Routes go first, so that nobody is sent to a program that is no longer there.
  await agent.files.remove(join(agent.places.service(service), 'current'))
  await deps.publish()
  await removeUnits(agent, service)
  await removeQueue(agent, service)
  await removeSocketFolder(agent, service)
  await agent.files.remove(agent.places.service(service))
  forgetReleases(agent, service)
  await forgetRename(agent, service)
  await agent.files.remove(join(agent.places.maintenance, service))
  await removeSecrets(agent, service, purge)
  if (!purge) return state
  const left = await removeState(agent, service)
  await removeUser(agent, service)
  return left
}
