import { basename, join } from 'node:path'
import { SLOTS, type Slot } from '../../contract/service.js'
import type { ReleaseLayout } from '../../release/layout.js'
import { namespacePath, networkUnitNames } from '../../release/network-units.js'
import { folderUnitName } from '../../release/socket-units.js'
import { ownershipMark } from '../../release/unit-file.js'
import type { Agent } from '../agent.js'
import { exists, listFolder, readLink, readText } from '../files.js'
import { unitDir } from '../units-dir.js'
import { isMarkedRunning, slotUnit, slotUnits, unmarkRunning } from './slots.js'

/** A service's unit files: installed, enabled, taken away. */

/** Units that a service may have, by name; its mark tells whether they are ours. */
function mayBeOf(service: string, name: string): boolean {
  if (name === `${service}.service`) return true
  if (name.startsWith(`${service}@`)) return /\.(service|socket)$/.test(name)
  return name.startsWith(`${service}-`) && /\.(service|timer)$/.test(name)
}

function isOurs(text: string | undefined, service: string): boolean {
  return text !== undefined && text.split('\n', 1)[0] === ownershipMark(service)
}

/** The unit files of a service that are installed, by name. */
export async function installedUnits(agent: Agent, service: string): Promise<string[]> {
  const at = await unitDir(agent)
  const names = (await listFolder(at)).filter((name) => mayBeOf(service, name))
  const ours = await Promise.all(names.map(async (name) => isOurs(await readText(join(at, name)), service)))
  return names.filter((_name, index) => ours[index])
}

/** The units that a release brings, by name. */
function unitsOf(releaseDir: string): Promise<string[]> {
  return listFolder(join(releaseDir, 'units'))
}

/** The path of the first unit of a release that somebody else already has under its name. */
export async function foreignUnit(
  agent: Agent,
  service: string,
  releaseDir: string,
  slot: Slot,
): Promise<string | undefined> {
  const at = await unitDir(agent)
  const names = (await unitsOf(releaseDir)).map((name) => name.replace(/@\./, `@${slot}.`))
  const unknown: string[] = []
  for (const name of names) {
    // One of ours lies there already: nobody else's has a say.
    if (!isOurs(await readText(join(at, name)), service)) unknown.push(name)
  }
  for (const { path } of await agent.systemd.units(unknown)) {
    if (path !== '' && (await exists(path)) && !isOurs(await readText(path), service)) return path
  }
  return undefined
}

/** Installs a unit file where it differs. Resolves to whether it did. */
async function install(agent: Agent, at: string, source: string, name: string): Promise<boolean> {
  const text = await readText(source)
  if (text === undefined) return false
  if ((await readText(join(at, name))) === text) return false
  await agent.files.makeFolder(at)
  await agent.files.write(join(at, name), text)
  return true
}

/**
 * Installs the units of the instance in a slot: a template's text, in a file of the slot's own, so that the instance in
 * the other slot keeps its.
 */
export async function installSlotUnits(
  agent: Agent,
  service: string,
  releaseDir: string,
  slot: Slot,
): Promise<void> {
  const at = await unitDir(agent)
  const pairs = [
    [`${service}@.service`, slotUnit(service, slot)],
    [`${service}@.socket`, `${service}@${slot}.socket`],
    ...[folderUnitName(service), ...networkUnitNames(service, slot)].map((name) => [name, name] as const),
  ] as const
  let changed = false
  for (const [source, name] of pairs) {
    if (await install(agent, at, join(releaseDir, 'units', source), name)) changed = true
  }
  if (changed) await agent.systemd.daemonReload()
  // Both slots are enabled: at boot a condition in them lets the current one start.
  await enableUnit(agent, at, `${service}@${slot}.service`)
}

/** Installs the units in which requests wait for the one instance of a hard-coded port. */
export async function installQueues(agent: Agent, service: string, releaseDir: string): Promise<void> {
  const at = await unitDir(agent)
  let changed = false
  for (const name of await unitsOf(releaseDir)) {
    if (!name.startsWith(`${service}@queue-`)) continue
    if (await install(agent, at, join(releaseDir, 'units', name), name)) changed = true
  }
  if (changed) await agent.systemd.daemonReload()
}

/** Makes the other installed units those of a release; systemd rereads them only if one differs. */
export async function installUnits(
  agent: Agent,
  service: string,
  releaseDir: string,
  layout: ReleaseLayout,
): Promise<void> {
  const at = await unitDir(agent)
  const wanted = await unitsOf(releaseDir)
  let changed = false
  for (const name of await installedUnits(agent, service)) {
    const slot = slotOf(service, name)
    const stays = slot === undefined ? wanted.includes(name) : await inUse(agent, service, slot, name, wanted)
    if (stays) continue
    await disableUnit(agent, at, name)
    await agent.systemd.stop(name)
    await agent.files.remove(join(at, name))
    changed = true
  }
  for (const name of wanted) {
    // Those of slots are installed when an instance starts in one.
    if (/@\.(service|socket)$/.test(name) || slotOf(service, name) !== undefined) continue
    if (await install(agent, at, join(releaseDir, 'units', name), name)) changed = true
  }
  if (changed) await agent.systemd.daemonReload()
  for (const name of [...layout.processes, ...layout.timers]) await enableUnit(agent, at, name)
}

/** The slot that a unit belongs to; undefined for none. */
function slotOf(service: string, name: string): Slot | undefined {
  return SLOTS.find((slot) => slotUnits(service, slot).includes(name))
}

/**
 * Whether a unit of a slot is needed: the instance that served until now may still be at its last requests, with the
 * network that its own unit names.
 */
async function inUse(
  agent: Agent,
  service: string,
  slot: Slot,
  name: string,
  wanted: readonly string[],
): Promise<boolean> {
  const stays = wanted.includes(`${service}@.service`) || (await isMarkedRunning(agent, service, slot))
  if (!stays || !networkUnitNames(service, slot).includes(name)) return stays
  const main = await readText(join(await unitDir(agent), slotUnit(service, slot)))
  return main?.includes(namespacePath(service, '%i')) ?? false
}

/** What starts at boot. `systemctl enable` would do the same, but not where NixOS keeps its directory read-only. */
export async function enableUnit(agent: Agent, at: string, name: string): Promise<void> {
  for (const target of wantedBy((await readText(join(at, name))) ?? '')) {
    const folder = join(at, `${target}.wants`)
    const link = join(folder, name)
    if ((await readLink(link)) !== undefined) continue
    await agent.files.makeFolder(folder)
    await agent.files.link(`../${name}`, link)
  }
}

/** The targets that a unit file of ours names in `WantedBy=`, a line each or several on one. */
function wantedBy(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.startsWith('WantedBy='))
  return lines.flatMap((line) => line.slice('WantedBy='.length).split(' ')).filter(Boolean)
}

export async function disableUnit(agent: Agent, at: string, name: string): Promise<void> {
  for (const folder of await listFolder(at)) {
    if (folder.endsWith('.wants')) await agent.files.remove(join(at, folder, basename(name)))
  }
}

/** Stops all of a service's units and takes them away. */
export async function removeUnits(agent: Agent, service: string): Promise<void> {
  const at = await unitDir(agent)
  const names = await installedUnits(agent, service)
  for (const slot of SLOTS) await unmarkRunning(agent, service, slot)
  if (names.length === 0) return
  await Promise.all(names.map((name) => agent.systemd.stop(name)))
  for (const name of names) {
    await disableUnit(agent, at, name)
    await agent.files.remove(join(at, name))
  }
  await agent.systemd.daemonReload()
  for (const name of names) await agent.systemd.resetFailed(name)
}
