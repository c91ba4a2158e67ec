import { join } from 'node:path'
import { SLOTS, type Slot } from '../../contract/service.js'
import { networkUnitNames } from '../../release/network-units.js'
import type { Agent } from '../agent.js'
import { exists, leadsSomewhere, listFolder, readLink } from '../files.js'

/**
 * Slots: the two places in which a service's instances take turns, so that the new one can prove itself while the old
 * one serves.
 *
 *   slots/<slot>/release -> ../../releases/<n>   what the slot runs
 *   slots/<slot>/{blue,green}                    the slots whose instances run while this one is current
 *   current -> slots/<slot>                      one rename switches release, slot and requests
 *
 * `green` is a folder with a file for each hundredth of the requests that goes to green, so for all of them unless there
 * is a canary. nginx asks for `current/green/<hundredth>` with each request, systemd for `current/%i` at boot. What does
 * not listen stays in its slot and changes its release in place.
 */

const ALL = 100

export function otherSlot(slot: Slot): Slot {
  return slot === 'blue' ? 'green' : 'blue'
}

export function slotUnit(service: string, slot: Slot): string {
  return `${service}@${slot}.service`
}

/** All units that an instance in a slot may have, in the order in which they stop. */
export function slotUnits(service: string, slot: Slot): string[] {
  return [`${service}@${slot}.socket`, slotUnit(service, slot), ...networkUnitNames(service, slot).reverse()]
}

function slotFolder(agent: Agent, service: string, slot: Slot): string {
  return join(agent.places.service(service), 'slots', slot)
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The slot that serves; undefined for none. */
export async function currentSlot(agent: Agent, service: string): Promise<Slot | undefined> {
  const link = await readLink(join(agent.places.service(service), 'current'))
  return link === undefined ? undefined : SLOTS.find((slot) => slot === lastPart(link))
}

/** The number of the release that a slot has; undefined for none. */
export async function slotRelease(agent: Agent, service: string, slot: Slot): Promise<number | undefined> {
  const link = await readLink(join(slotFolder(agent, service, slot), 'release'))
  return link === undefined ? undefined : Number(lastPart(link))
}

/** The number of the release that serves; undefined for none. */
export async function currentRelease(agent: Agent, service: string): Promise<number | undefined> {
  const slot = await currentSlot(agent, service)
  return slot === undefined ? undefined : slotRelease(agent, service, slot)
}

/** Gives a slot its release. */
export async function setSlot(agent: Agent, service: string, slot: Slot, release: number): Promise<void> {
  const folder = slotFolder(agent, service, slot)
  await agent.files.makeFolder(folder)
  if (slot === 'green') {
    if ((await shareOf(agent, service, 'green')) !== ALL) await setShare(agent, service, 'green', ALL)
  } else await agent.files.touch(join(folder, 'blue'))
  await agent.files.link(`../../releases/${release}`, join(folder, 'release'))
}

/** The switch. */
export async function switchSlot(agent: Agent, service: string, slot: Slot): Promise<void> {
  await agent.files.link(`slots/${slot}`, join(agent.places.service(service), 'current'))
}

export async function clearSlot(agent: Agent, service: string, slot: Slot): Promise<void> {
  await agent.files.remove(join(slotFolder(agent, service, slot), 'release'))
}

/** How many hundredths of the requests go to green while a slot is current. */
export async function shareOf(agent: Agent, service: string, slot: Slot): Promise<number> {
  return (await listFolder(join(slotFolder(agent, service, slot), 'green'))).length
}

/** File by file: on the way from one share to another every request still has one place to go. */
export async function setShare(agent: Agent, service: string, slot: Slot, hundredths: number): Promise<void> {
  const folder = join(slotFolder(agent, service, slot), 'green')
  await agent.files.makeFolder(folder)
  const there = new Set(await listFolder(folder))
  for (const name of there) {
    if (Number(name) >= hundredths) await agent.files.remove(join(folder, name))
  }
  for (let share = 0; share < hundredths; share += 1) {
    if (!there.has(String(share))) await agent.files.touch(join(folder, String(share)))
  }
}

/** The slot that has a canary; undefined for none. */
export async function canarySlot(agent: Agent, service: string): Promise<Slot | undefined> {
  const current = await currentSlot(agent, service)
  if (current === undefined) return undefined
  const other = otherSlot(current)
  const marked = await exists(join(agent.places.service(service), 'current', other))
  return marked ? other : undefined
}

/** Gives the instance in a slot a share of the requests, in percent. */
export async function beginCanary(agent: Agent, service: string, slot: Slot, percent: number): Promise<void> {
  if (slot === 'green') {
    await setShare(agent, service, 'blue', percent)
    return
  }
  // Before it gets requests, so that a reboot in between starts it.
  await agent.files.touch(join(slotFolder(agent, service, 'green'), 'blue'))
  await setShare(agent, service, 'green', ALL - percent)
}

/** All requests go to the current slot again. */
export async function endCanary(agent: Agent, service: string): Promise<void> {
  await agent.files.remove(join(slotFolder(agent, service, 'blue'), 'green'))
  const mark = join(slotFolder(agent, service, 'green'), 'blue')
  if (!(await exists(mark))) return
  await setShare(agent, service, 'green', ALL)
  await agent.files.remove(mark)
}

/** What a service's canary is, and its share in percent; null for none. */
export async function canaryOf(
  agent: Agent,
  service: string,
): Promise<{ release: number; percent: number } | null> {
  const slot = await canarySlot(agent, service)
  if (slot === undefined) return null
  const release = await slotRelease(agent, service, slot)
  if (release === undefined) return null
  const share = await shareOf(agent, service, otherSlot(slot))
  return { release, percent: slot === 'green' ? share : ALL - share }
}

function runMark(agent: Agent, service: string, slot: Slot): string {
  return join(agent.places.slotMarks, `${service}@${slot}`)
}

/** Lets the instance in a slot run without being current, until a reboot. */
export async function markRunning(agent: Agent, service: string, slot: Slot): Promise<void> {
  await agent.files.makeFolder(agent.places.slotMarks)
  await agent.files.touch(runMark(agent, service, slot))
}

export async function unmarkRunning(agent: Agent, service: string, slot: Slot): Promise<void> {
  await agent.files.remove(runMark(agent, service, slot))
}

export function isMarkedRunning(agent: Agent, service: string, slot: Slot): Promise<boolean> {
  return leadsSomewhere(runMark(agent, service, slot))
}
