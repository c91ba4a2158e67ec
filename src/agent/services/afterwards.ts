import { join } from 'node:path'
import { type HistoryResult, logEntrySchema } from '../../contract/verbs.js'
import { networkUnitNames } from '../../release/network-units.js'
import { ItemProblem, type ItemWork } from '../activation/item.js'
import { readText } from '../files.js'
import { appendEntry } from '../journal/entries.js'
import { journalOf } from '../journal/explain.js'
import { EXPLAIN_LINES } from '../journal/tail.js'
import { pruneSecrets } from '../secrets/prune.js'
import { tellKept } from './adopt/take-over.js'
import type { ServiceDeps } from './deps.js'
import { watchHealth } from './health.js'
import { canBeAsked, probeOf } from './health-probe.js'
import { OUTPUT, runHooks } from './hooks.js'
import type { ServiceRecord } from './item-record.js'
import { markGood, pruneReleases, readRelease, type StoredRelease } from './releases.js'
import { retireOld } from './rename/hand-over.js'
import { currentRelease, slotUnit } from './slots.js'

/** There once what was there before is let go of. */
const RETIRED = 'retired'

/** All units of a release whose instance is in a slot. */
function unitsIn({ layout }: StoredRelease, service: string, slot: ServiceRecord['toSlot']): string[] {
  return [...(layout.slots === null ? [] : [slotUnit(service, slot)]), ...layout.processes]
}

/** Those whose words tell why a release failed. */
function tellingUnits(release: StoredRelease, service: string, slot: ServiceRecord['toSlot']): string[] {
  const networks = release.layout.slots === 'network' ? networkUnitNames(service, slot) : []
  return [...unitsIn(release, service, slot), ...networks]
}

/** What the program said before it is put back. */
export async function explainService({ agent, record, dir }: ItemWork<ServiceRecord>): Promise<string> {
  const output = await readText(join(dir, OUTPUT))
  if (output !== undefined && output !== '') {
    return output.trimEnd().split('\n').slice(-EXPLAIN_LINES).join('\n')
  }
  const release = await readRelease(agent, record.name, record.toNumber)
  return journalOf(agent, tellingUnits(release, record.name, record.toSlot))
}

/** Looks at a confirmed release for as long as its config says. */
export async function watchService(work: ItemWork<ServiceRecord>): Promise<void> {
  const { agent, record } = work
  const release = await readRelease(agent, record.name, record.toNumber)
  const { layout } = release
  const units = unitsIn(release, record.name, record.toSlot)
  if (layout.watchMs === 0 || units.length === 0) return
  await work.step('watch')
  await work.tell('watching', String(Math.floor(layout.watchMs / 1000)))
  const probe = canBeAsked(release) ? await probeOf(agent, record.name, release, record.toSlot) : undefined
  await watchHealth(work, units, probe, layout.watchMs)
}

/** What follows a confirmation. */
export async function finishService(work: ItemWork<ServiceRecord>): Promise<void> {
  const { agent, record } = work
  const release = await readRelease(agent, record.name, record.toNumber)
  await markGood(agent, release.dir)
  if (record.adopts !== undefined) await tellKept(work, record.adopts)
  await work.step('after')
  try {
    await runHooks(work, release, 'after')
  } catch (error) {
    if (!(error instanceof ItemProblem)) throw error
    await work.tell('note', `${error.message}; the release serves all the same`)
  }
}

/** The old instance finishes its requests and stops; old releases go. */
export async function retireService(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record, dir } = work
  const { name, slot, toSlot, fromNumber, toNumber } = record
  // A canary shares the requests with the release that serves.
  if (record.action === 'canary' || (await readText(join(dir, RETIRED))) !== undefined) return
  // By the time a record is forgotten, a newer release may have the slot.
  if ((await currentRelease(agent, name)) !== toNumber) return
  await work.step('retire')
  if (record.renames !== undefined) await retireOld(work, deps, record.renames)
  if (slot !== null && slot !== toSlot && fromNumber !== null)
    await deps.draining.retire(name, slot, fromNumber)
  await work.step('prune')
  const { layout } = await readRelease(agent, name, toNumber)
  await pruneReleases(agent, name, layout.keep)
  await pruneSecrets(agent, name)
  await agent.files.touch(join(dir, RETIRED))
}

export async function logService(
  { agent, record, who }: ItemWork<ServiceRecord>,
  result: HistoryResult,
): Promise<void> {
  // A new name that did not come about is not there any more.
  const name = result === 'good' ? record.name : (record.renames ?? record.name)
  const { commit } = await readRelease(agent, name, record.toNumber)
  const entry = logEntrySchema.parse({
    at: `${new Date().toISOString().slice(0, 19)}Z`,
    action: record.action,
    release: record.toNumber,
    from: record.fromNumber,
    commit,
    by: who,
    seconds: Math.max(0, Math.round((Date.now() - record.began) / 10) / 100),
    result,
  })
  await appendEntry(agent, join(agent.places.service(name), 'log'), entry)
}
