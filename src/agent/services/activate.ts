import type { ItemWork } from '../activation/item.js'
import { secretsChanged } from '../secrets/release-links.js'
import { markServed } from './adopt/state.js'
import { takeOver, takeRoutes } from './adopt/take-over.js'
import type { ServiceDeps } from './deps.js'
import { throwIfAborted, waitAnswering } from './health.js'
import { probeOf } from './health-probe.js'
import { isIrreversible, runHooks } from './hooks.js'
import type { ServiceRecord } from './item-record.js'
import { followJobs } from './jobs.js'
import { prove } from './prove.js'
import { releaseRequests } from './queue.js'
import { sameRoutes } from './refusal.js'
import { readRelease, type StoredRelease } from './releases.js'
import { rereadFiles } from './reload.js'
import { handedOver, handOver } from './rename/hand-over.js'
import { verifyRoutes } from './routes.js'
import { beginCanary, canarySlot, endCanary, setSlot, slotUnit, switchSlot } from './slots.js'
import { ownState } from './state.js'
import { ensureUser } from './users.js'

/** Makes a release current: whatever fails on the way is put back by whoever called. */
export async function activateService(work: ItemWork<ServiceRecord>, deps: ServiceDeps): Promise<void> {
  const { agent, record } = work
  const { name, toNumber, toSlot } = record
  const release = await readRelease(agent, name, toNumber)
  const current = record.fromNumber === null ? undefined : await readRelease(agent, name, record.fromNumber)
  await tellRollback(work, release, current)
  const { renames, adopts } = record
  if (renames !== undefined) await handOver(work, deps, renames)
  if (adopts !== undefined) await takeOver(work, deps, adopts, release)
  await work.step('user')
  if (release.layout.user) await ensureUser(agent, name)
  if (release.layout.state) await ownState(agent, name)
  await work.step('before')
  await runHooks(work, release, 'before')
  if (release.layout.before.length > 0) await work.tell('hooked')
  if (await switchesFrom(work, deps, release)) return
  await switchSlot(agent, name, toSlot)
  await endCanary(agent, name)
  if (adopts !== undefined) await markServed(work)
  await releaseRequests(agent, name)
  await followJobs(work, release, record.restart)
  await rereadFiles(work, current, release)
  await work.step('routes')
  // A route may move from one service to another: nginx takes it only once both have switched.
  const others = work.together()
  if (adopts !== undefined) await takeRoutes(work, deps, adopts)
  if (!sameRoutes(release, current)) {
    await others
    await deps.publish()
  }
  if (renames !== undefined) await handedOver(work, renames)
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
    await waitAnswering(work, slotUnit(name, toSlot), await probeOf(agent, name, release, toSlot))
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
