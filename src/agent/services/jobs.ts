import { join } from 'node:path'
import { ItemProblem, type ItemWork } from '../activation/item.js'
import { startWithin, waitAnswering, waitUp } from './health.js'
import { canBeAsked, probeOf } from './health-probe.js'
import type { ServiceRecord } from './item-record.js'
import type { StoredRelease } from './releases.js'
import { installUnits } from './units.js'

/** There once an activation has touched a service's workers and timers. */
export const JOBS = 'jobs'

/** Workers and timers follow the current release: each stops before its successor starts. */
export async function followJobs(
  work: ItemWork<ServiceRecord>,
  release: StoredRelease,
  restart: boolean,
): Promise<void> {
  const { agent, record } = work
  const { dir, layout } = release
  await work.step('jobs')
  await agent.files.touch(join(work.dir, JOBS))
  await installUnits(agent, record.name, dir, layout)
  for (const timer of layout.timers) {
    if ((await agent.systemd.start(timer)) !== 'done') throw new ItemProblem(`${timer} could not be started`)
  }
  const { processes, health } = layout
  if (processes.length === 0 || health === null) return
  const states = await agent.systemd.units(processes)
  if (restart || states.some(({ active }) => active !== 'active')) {
    for (const name of processes) await agent.systemd.resetFailed(name)
    await startWithin(work, 'restart', processes, health.timeoutMs)
  }
  await waitUp(work, processes, health)
  // What listens has been asked before it got requests.
  if (layout.slots === null && canBeAsked(release)) {
    const probe = await probeOf(agent, record.name, release, record.toSlot)
    await waitAnswering(work, `${record.name}.service`, probe)
  }
}
