import type { ServiceReport, SystemReport } from '../contract/report.js'

/** A release by its number, or by the beginning of the commit it was made from. */
export type WantedRelease = number | { commit: string }

/** The release a rollback leads to, from the one that serves; or why there is none. */
export function rollbackTarget(
  service: ServiceReport | undefined,
  wanted: WantedRelease | undefined,
): { to: number; from: number } | { problem: string } {
  if (!service || service.current === null) return { problem: 'it has no release there' }
  const from = service.current
  if (typeof wanted === 'object') {
    // A release knows the beginning of its commit; people may have all of it.
    const found = service.releases.filter(
      ({ commit }) => commit?.startsWith(wanted.commit) || (commit && wanted.commit.startsWith(commit)),
    )
    const commits = new Set(found.map(({ commit }) => commit))
    if (commits.size === 0) return { problem: `no release there is of commit ${wanted.commit}` }
    if (commits.size > 1) return { problem: `${wanted.commit} is the beginning of several commits` }
    return rollbackTarget(service, Math.max(...found.map(({ number }) => number)))
  }
  if (wanted === from) return { problem: `release ${from} serves already` }
  if (wanted !== undefined) {
    const exists = service.releases.some(({ number }) => number === wanted)
    return exists ? { to: wanted, from } : { problem: `there is no release ${wanted}` }
  }
  const before = service.releases.filter(({ number, good }) => good !== null && number < from)
  const to = Math.max(...before.map(({ number }) => number))
  return before.length > 0 ? { to, from } : { problem: `no good release came before ${from}` }
}

/** Whether nothing of a release that the host has can change who gets in there. */
export function isHarmless({ releases }: Pick<ServiceReport, 'releases'>, number: number): boolean {
  return releases.find((release) => release.number === number)?.unprivileged ?? false
}

/** The generation a rollback of a system leads to: the newest good one before its profile's, unless one is named. */
export function rollbackGeneration(
  system: SystemReport | undefined,
  wanted: number | undefined,
): { generation: number; path: string; from: number } | { problem: string } {
  if (!system || system.generation === null) return { problem: 'it has no generation there' }
  const from = system.generation
  if (wanted === from) return { problem: `generation ${from} is active already` }
  const fitting = system.generations.filter(({ number, good }) =>
    wanted === undefined ? good && number < from : number === wanted,
  )
  const found = fitting.sort((one, other) => other.number - one.number)[0]
  if (found) return { generation: found.number, path: found.path, from }
  return {
    problem:
      wanted === undefined ? `no good generation came before ${from}` : `there is no generation ${wanted}`,
  }
}
