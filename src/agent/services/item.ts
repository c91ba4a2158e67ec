import { join } from 'node:path'
import type { Item, ServiceItem } from '../../contract/activation.js'
import { type HistoryResult, logEntrySchema } from '../../contract/verbs.js'
import { type ItemKind, ItemProblem, type ItemWork } from '../activation/item.js'
import type { Agent } from '../agent.js'
import { readText } from '../files.js'
import { appendEntry } from '../journal/entries.js'
import { journalOf } from '../journal/explain.js'
import { pruneSecrets } from '../secrets/prune.js'
import { secretsChanged } from '../secrets/release-links.js'
import type { ServiceDeps } from './deps.js'
import { throwIfAborted, waitAnswering, watchHealth } from './health.js'
import { isIrreversible, OUTPUT, runHooks } from './hooks.js'
import { hostFeatures } from './host-features.js'
import type { ServiceRecord } from './item-record.js'
import { followJobs } from './jobs.js'
import { probeOf, prove } from './prove.js'
import { releaseRequests } from './queue.js'
import { refusal, sameRoutes } from './refusal.js'
import { markGood, pruneReleases, readRelease, type StoredRelease } from './releases.js'
import { verifyRoutes } from './routes.js'
import {
  beginCanary,
  canarySlot,
  currentRelease,
  currentSlot,
  endCanary,
  otherSlot,
  setSlot,
  slotUnit,
  switchSlot,
} from './slots.js'
import { undoService } from './undo.js'
import { ensureUser } from './users.js'

/** How many of the last lines of an output people are shown. */
const EXPLAIN_LINES = 20
/** There once what was there before is let go of. */
const RETIRED = 'retired'

/**
 * A service as an item of an activation: makes a release current, or puts the old one back. Whatever happens on the way,
 * the service ends on the old release or the new one.
 */
export function serviceItem(deps: ServiceDeps): ItemKind<ServiceRecord> {
  return {
    prepare,
    refusal: (work) => refusal(work, deps),
    activate: (work) => activate(work, deps),
    became: async ({ record }) => record.to,
    undo: (work) => undoService(work, deps),
    holds: async (agent, { name, toNumber, fromNumber }) => {
      const current = (await currentRelease(agent, name)) ?? null
      return current === toNumber || current === fromNumber
    },
    explain,
    watch,
    finish: (work) => finish(work, deps),
    retire: (work) => retire(work, deps),
    log: writeLog,
  }
}

/** Puts on record what serves, and from which slot: that is what would be put back. */
async function prepare(agent: Agent, item: Item): Promise<ServiceRecord> {
  const { name, to, expected, action, percent, hooks } = item as ServiceItem
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
    from: from === null ? null : String(from),
    began: Date.now(),
    confirm: true,
    revert: true,
    toNumber: to,
    fromNumber: from,
    expected,
    percent: percent ?? null,
    hooks,
    slot,
    toSlot: slot === null ? 'blue' : !runs && slotted ? otherSlot(slot) : slot,
    restart: !runs,
  }
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

async function activate(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record } = work
  const { name, toNumber, toSlot } = record
  const release = await readRelease(agent, name, toNumber)
  const current = record.fromNumber === null ? undefined : await readRelease(agent, name, record.fromNumber)
  await tellRollback(work, release, current)
  await work.step('user')
  if (release.layout.user) await ensureUser(agent, name)
  await work.step('before')
  const features = await hostFeatures(agent, deps.nginxGroup)
  await runHooks(work, release, 'before', features)
  if (release.layout.before.length > 0) await work.tell('hooked')
  if (await switchesFrom(work, deps, release)) return
  await switchSlot(agent, name, toSlot)
  await endCanary(agent, name)
  await releaseRequests(agent, name)
  await followJobs(work, release, record.restart)
  await work.step('routes')
  // A route may move from one service to another: nginx takes it only once both have switched.
  const others = work.together()
  if (!sameRoutes(release, current)) {
    await others
    await deps.publish()
  }
  await work.step('verify')
  await verifyRoutes(agent, name, release.layout.probes, deps.endsTls)
  throwIfAborted(work.signal)
}

/** Brings the new release to where one rename makes it current. Resolves to whether it was a canary: then that is all. */
async function switchesFrom(
  work: ItemWork<ServiceRecord>,
  deps: ServiceDeps,
  release: StoredRelease,
): Promise<boolean> {
  const { agent, record } = work
  const { name, toSlot, toNumber, percent } = record
  if (record.action === 'promote' && (await canarySlot(agent, name)) === toSlot) {
    // It has proved itself under the requests it got; whatever it was at, it goes on with.
    await waitAnswering(work, slotUnit(name, toSlot), probeOf(release.layout, toSlot))
  } else if (release.layout.slots !== null && record.restart) {
    await prove(work, deps, release)
    if (record.action === 'canary') {
      await work.step('canary')
      await beginCanary(agent, name, toSlot, percent ?? 1)
      return true
    }
  } else {
    await work.step('switch')
    await setSlot(agent, name, toSlot, toNumber)
    return false
  }
  await work.step('switch')
  return false
}

async function tellRollback(
  work: ItemWork<ServiceRecord>,
  release: StoredRelease,
  current: StoredRelease | undefined,
): Promise<void> {
  if (work.record.action !== 'rollback' || current === undefined) return
  if (await isIrreversible(current.dir)) {
    await work.tell(
      'note',
      `a hook of release ${current.number} has changed what can not be put back: release ${release.number} meets it as it is now`,
    )
  }
  for (const secret of await secretsChanged(release.dir, current.dir)) {
    await work.tell(
      'note',
      `the secret ${secret} has changed since release ${release.number}, which runs with the value that it was deployed with`,
    )
  }
}

/** All units of a release whose instance is in a slot. */
function unitsIn({ layout }: StoredRelease, service: string, slot: ServiceRecord['toSlot']): string[] {
  return [...(layout.slots === null ? [] : [slotUnit(service, slot)]), ...layout.processes]
}

/** What the program said before it is put back. */
async function explain({ agent, record, dir }: ItemWork<ServiceRecord>): Promise<string> {
  const output = await readText(join(dir, OUTPUT))
  if (output !== undefined && output !== '') {
    return output.trimEnd().split('\n').slice(-EXPLAIN_LINES).join('\n')
  }
  const release = await readRelease(agent, record.name, record.toNumber)
  return journalOf(agent, unitsIn(release, record.name, record.toSlot))
}

async function watch(work: ItemWork<ServiceRecord>): Promise<void> {
  const { agent, record } = work
  const release = await readRelease(agent, record.name, record.toNumber)
  const { layout } = release
  const units = unitsIn(release, record.name, record.toSlot)
  if (layout.watchMs === 0 || units.length === 0) return
  await work.step('watch')
  await work.tell('watching', String(Math.floor(layout.watchMs / 1000)))
  const probe = layout.endpoints === null ? undefined : probeOf(layout, record.toSlot)
  await watchHealth(work, units, probe, layout.watchMs)
}

async function finish(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record } = work
  const release = await readRelease(agent, record.name, record.toNumber)
  await markGood(agent, release.dir)
  await work.step('after')
  try {
    await runHooks(work, release, 'after', await hostFeatures(agent, deps.nginxGroup))
  } catch (error) {
    if (!(error instanceof ItemProblem)) throw error
    await work.tell('note', `${error.message}; the release serves all the same`)
  }
}

/** The old instance finishes its requests and stops; old releases go. */
async function retire(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record, dir } = work
  const { name, slot, toSlot, fromNumber, toNumber } = record
  // A canary shares the requests with the release that serves.
  if (record.action === 'canary' || (await readText(join(dir, RETIRED))) !== undefined) return
  // By the time a record is forgotten, a newer release may have the slot.
  if ((await currentRelease(agent, name)) !== toNumber) return
  await work.step('retire')
  if (slot !== null && slot !== toSlot && fromNumber !== null)
    await deps.draining.retire(name, slot, fromNumber)
  await work.step('prune')
  const { layout } = await readRelease(agent, name, toNumber)
  await pruneReleases(agent, name, layout.keep)
  await pruneSecrets(agent, name)
  await agent.files.touch(join(dir, RETIRED))
}

async function writeLog(
  { agent, record, who }: ItemWork<ServiceRecord>,
  result: HistoryResult,
): Promise<void> {
  const { commit } = await readRelease(agent, record.name, record.toNumber)
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
  await appendEntry(agent, join(agent.places.service(record.name), 'log'), entry)
}
