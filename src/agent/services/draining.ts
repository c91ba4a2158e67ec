import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SLOTS, type Slot } from '../../contract/service.js'
import type { Agent } from '../agent.js'
import { exists, listFolder } from '../files.js'
import { connectionsOf } from '../sockets/connections.js'
import { unitDir } from '../units-dir.js'
import { readRelease } from './releases.js'
import {
  canarySlot,
  clearSlot,
  currentSlot,
  slotRelease,
  slotUnit,
  slotUnits,
  unmarkRunning,
} from './slots.js'

/** How long a request that has chosen its slot may take to connect there, in milliseconds. */
const SWITCH_PAUSE_MS = 100
/** How often the connections of an instance that finishes are counted, in milliseconds. */
const POLL_MS = 100

/** Instances that finish their requests: none of them serves any more. */
export interface Draining {
  /** Lets the instance in a slot finish, then stops it. Nobody waits for this. */
  retire(service: string, slot: Slot, release: number): Promise<void>
  /** Resolves when the instance in a slot has finished; at once where none does. */
  finished(service: string, slot: Slot): Promise<void> | undefined
  /** Goes on with what an agent that was ended has left. */
  resume(): Promise<void>
}

export function createDraining(agent: Agent): Draining {
  const under = new Map<string, Promise<void>>()
  const folder = join(agent.places.run, 'draining')
  const begin = (service: string, slot: Slot, release: number, mark: string) => {
    const key = `${service}@${slot}`
    const work = drainAndStop(agent, service, slot, release)
      .catch((error: unknown) => agent.log.error(`${key} could not be stopped: ${String(error)}`))
      .then(() => agent.files.remove(mark))
      .catch((error: unknown) => agent.log.error(String(error)))
      .finally(() => under.delete(key))
    under.set(key, work)
  }
  return {
    retire: async (service, slot, release) => {
      const key = `${service}@${slot}`
      if (under.has(key)) return
      const mark = join(folder, key)
      await agent.files.makeFolder(folder)
      await agent.files.write(mark, `${release}\n`)
      begin(service, slot, release, mark)
    },
    finished: (service, slot) => under.get(`${service}@${slot}`),
    resume: async () => {
      for (const name of await listFolder(folder)) {
        const [service = '', word] = name.split('@')
        const slot = SLOTS.find((one) => one === word)
        const release = slot && (await slotRelease(agent, service, slot))
        const serves =
          slot &&
          ((await currentSlot(agent, service)) === slot || (await canarySlot(agent, service)) === slot)
        if (slot && release !== undefined && !serves) begin(service, slot, release, join(folder, name))
        else await agent.files.remove(join(folder, name))
      }
    },
  }
}

async function drainAndStop(agent: Agent, service: string, slot: Slot, release: number): Promise<void> {
  const { layout } = await readRelease(agent, service, release)
  // One that has stopped has no connections, though its port may: its successor's.
  const { active } = await agent.systemd.unit(slotUnit(service, slot))
  if (active === 'active' && !(await drained(service, slot, layout, agent))) {
    agent.log.info(`${service}: the connections that are left after ${layout.drainMs / 1000} s are cut`)
  }
  await stopSlot(agent, service, slot)
  await clearSlot(agent, service, slot)
}

/** Waits until the requests under way have ended. Resolves to whether they have, within the limit. */
export async function drained(
  service: string,
  slot: Slot,
  layout: Awaited<ReturnType<typeof readRelease>>['layout'],
  agent: Agent,
): Promise<boolean> {
  const endpoint = layout.endpoints?.[slot]
  const until = performance.now() + layout.drainMs
  await sleep(SWITCH_PAUSE_MS)
  while (endpoint && (await connectionsOf(endpoint)) > 0) {
    if (performance.now() >= until) return false
    await sleep(POLL_MS)
  }
  agent.log.debug(`${service}@${slot} has no connections left`)
  return true
}

/** Stops what runs in a slot. */
export async function stopSlot(agent: Agent, service: string, slot: Slot): Promise<void> {
  await unmarkRunning(agent, service, slot)
  const at = await unitDir(agent)
  for (const name of slotUnits(service, slot)) {
    if (await exists(join(at, name))) await agent.systemd.stop(name)
  }
}
