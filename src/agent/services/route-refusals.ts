import { conflictText } from '../../release/owner-text.js'
import { conflictsOf, type Holder } from '../../release/owners.js'
import type { Agent } from '../agent.js'
import type { Nginx } from '../nginx/nginx.js'
import { readRelease, type StoredRelease, servingNames } from './releases.js'
import { currentRelease } from './slots.js'

/** A release whose routes are to be served. */
export interface RouteCandidate {
  release: StoredRelease
  current: StoredRelease | undefined
  /** Whether it may have parts of what is another project's. */
  takeOver: boolean
  /** Files of somebody else's that nginx is to read otherwise, by path; absent: none. */
  replaced?: ReadonlyMap<string, string>
}

/** Why the routes of releases can't be served, by service: somebody else has them, or nginx does not take them. */
export async function routeRefusals(
  agent: Agent,
  nginx: Pick<Nginx, 'refusals'>,
  candidates: ReadonlyMap<string, RouteCandidate>,
): Promise<Map<string, string>> {
  const taken = conflictsAmong(await holdersNow(agent), candidates)
  const free = [...candidates].filter(([name]) => !taken.has(name))
  const parts = new Map(free.map(([name, { release }]) => [name, release.nginx]))
  const replaced = new Map([...candidates.values()].flatMap((one) => [...(one.replaced ?? [])]))
  return new Map([...taken, ...(await nginx.refusals(parts, replaced))])
}

/** Pure. */
export function conflictsAmong(
  current: readonly Holder[],
  candidates: ReadonlyMap<string, RouteCandidate>,
): Map<string, string> {
  const next = [...candidates].map(([name, { release }]) => holderOf(name, release))
  const holders = [...current.filter(({ name }) => !candidates.has(name)), ...next]
  const refusals = new Map<string, string>()
  for (const own of next) {
    const { current: before, takeOver = false } = candidates.get(own.name) ?? {}
    const others = holders.filter(({ name }) => name !== own.name)
    const served = before?.manifest?.service.routes ?? []
    const [conflict] = conflictsOf(own, others, { served, takeOver })
    if (conflict === undefined) continue
    const { problem, fix } = conflictText(conflict)
    refusals.set(own.name, `${problem}; ${fix}`)
  }
  return refusals
}

async function holdersNow(agent: Agent): Promise<Holder[]> {
  const found = await Promise.all(
    (await servingNames(agent)).map(async (name) => {
      const number = await currentRelease(agent, name)
      return number === undefined ? [] : [holderOf(name, await readRelease(agent, name, number))]
    }),
  )
  return found.flat()
}

/** Of a release that the shell program of 0.1 made, nginx alone can tell what it serves. */
function holderOf(name: string, { manifest }: StoredRelease): Holder {
  return { name, routes: manifest?.service.routes ?? [], project: manifest?.project }
}
