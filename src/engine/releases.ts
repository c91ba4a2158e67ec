import type { Config } from '../config/resolved.js'
import type { ServiceReport, SystemReport } from '../contract/report.js'
import type { Login } from '../remote/login.js'
import type { Engine } from './engine.js'
import { call } from './host-error.js'
import { onHosts } from './login.js'
import { reportOf } from './report.js'
import { collect, type HostFailure } from './result.js'
import { hostsFor } from './selection.js'

/** A release, or generation, on a host. */
export interface ReleaseRow {
  host: string
  service: string
  release: number
  current: boolean
  good: boolean
  commit: string | null
  /** When it was deployed, as ISO 8601 has it; and by whom, and how long that took. */
  at: string | null
  by: string | null
  seconds: number | null
}

/** The releases on hosts; of one service or system, where it is named. */
export async function releases(
  engine: Engine,
  config: Config,
  { name, hosts }: { name: string | undefined; hosts: readonly string[] },
): Promise<{ rows: ReleaseRow[]; failures: HostFailure[] }> {
  const isWanted = (item: { name: string }) => name === undefined || item.name === name
  const results = await onHosts(engine, hostsFor(config, hosts, name), async (login, host) => {
    const systems = config.systems.filter((system) => system.host === host.name && isWanted(system))
    const report = await reportOf(login, { systems })
    const services = report.services.filter(isWanted).map((service) => serviceRows(login, service))
    const generations = report.systems.map((system) => generationRows(host.name, system))
    return [...generations, ...(await Promise.all(services))].flat()
  })
  const { values, failures } = collect(results)
  return { rows: values.flat(), failures }
}

async function serviceRows(login: Login, { name, current, releases }: ServiceReport): Promise<ReleaseRow[]> {
  const { entries } = await call(login, 'history', { service: name })
  return releases.map(({ number, good, commit }) => {
    const entry = entries.findLast(({ release, action }) => release === number && action === 'deploy')
    return {
      ...{ host: login.host, service: name, release: number, current: number === current },
      ...{ good: good !== null, commit },
      at: entry?.at ?? null,
      by: entry?.by ?? null,
      seconds: entry?.seconds ?? null,
    }
  })
}

function generationRows(host: string, { name, generation, generations }: SystemReport): ReleaseRow[] {
  return generations
    .toSorted((one, other) => one.number - other.number)
    .map(({ number, at, good }) => ({
      ...{ host, service: name, release: number, current: number === generation, good },
      ...{ commit: null, at: new Date(at * 1000).toISOString().replace('.000', ''), by: null, seconds: null },
    }))
}
