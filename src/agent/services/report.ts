import { join } from 'node:path'
import type { ServiceReport } from '../../contract/report.js'
import type { Agent } from '../agent.js'
import { exists } from '../files.js'
import { releaseList } from '../report/release-list.js'
import { isPublic, shownSocket } from '../sockets/tcp.js'
import { listeningOf } from '../sockets/unit-sockets.js'
import { isHealthy } from './answer.js'
import { canBeAsked, probeOf, probeOnce } from './health-probe.js'
import type { ServiceRecord } from './item-record.js'
import { closureOf, readRelease } from './releases.js'
import { canaryOf, currentRelease, currentSlot, slotUnit } from './slots.js'

/** What an activation under way would make of a service, and what it would put back. */
export type Activating = (
  service: string,
) => Promise<Pick<ServiceRecord, 'toNumber' | 'fromNumber'> | undefined>

/** What there is of a service. What an activation would put back counts as current: it is what was proved. */
export async function reportService(
  agent: Agent,
  activatingOf: Activating,
  name: string,
  { probe }: { probe: boolean },
): Promise<ServiceReport> {
  const activating = await activatingOf(name)
  const number = activating ? (activating.fromNumber ?? undefined) : await currentRelease(agent, name)
  const [slot, releases, canary, maintenance] = await Promise.all([
    currentSlot(agent, name),
    releaseList(agent, name),
    canaryOf(agent, name),
    exists(join(agent.places.maintenance, name)),
  ])
  const base = {
    name,
    current: number ?? null,
    releases,
    canary,
    maintenance,
    activating: activating?.toNumber ?? null,
  }
  const nothing = { ...base, manifest: null, closure: [], units: [], probe: null }
  if (number === undefined) return nothing
  const release = await readRelease(agent, name, number).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  )
  // Who only looks is told; what would change something fails.
  if (typeof release === 'string') return { ...nothing, problem: release }
  const { layout } = release
  const units = [
    ...(layout.slots !== null && slot ? [slotUnit(name, slot)] : []),
    ...layout.processes,
    ...layout.timers,
  ]
  const [closure, states, exposed, answer] = await Promise.all([
    closureOf(release),
    agent.systemd.units(units),
    exposedBy(agent, units),
    probe && slot && canBeAsked(release) ? probeOnce(agent, await probeOf(agent, name, release, slot)) : null,
  ])
  return {
    ...base,
    manifest: release.manifest,
    closure,
    units: states.map(({ id, active, sub, restarts, activeSince }) => ({
      name: id,
      active,
      sub,
      restarts,
      since: activeSince === 0 ? null : Math.floor(activeSince / 1_000_000),
    })),
    exposed,
    probe: answer && {
      code: answer.code,
      healthy: isHealthy(answer, layout.health?.status),
      ...('problem' in answer && { problem: answer.problem }),
    },
  }
}

/** Where units listen that can be reached from outside this host, past nginx. */
async function exposedBy(agent: Agent, units: readonly string[]): Promise<string[]> {
  const services = units.filter((name) => name.endsWith('.service'))
  const sockets = (await Promise.all(services.map((name) => listeningOf(agent, name, 'host')))).flat()
  return [...new Set(sockets.filter(isPublic).map(shownSocket))].sort()
}
