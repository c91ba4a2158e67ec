import type { Config } from '../config/resolved.js'
import type { Holder } from '../contract/failure.js'
import type { Report, ServiceReport, SystemReport } from '../contract/report.js'
import { SHORT_OF_ROOM_KB } from '../contract/room.js'
import { type CertificateState, certificateState } from '../plan/certificates.js'
import { hasServed, serviceStatus, systemStatus } from '../plan/status.js'
import type { HostCertificate } from './certificates.js'
import type { Engine } from './engine.js'
import { onHosts } from './login.js'
import { reportOf } from './report.js'
import { collect, type HostFailure } from './result.js'
import { hostsFor } from './selection.js'

/** A service, or system, on a host. */
export interface StatusRow {
  host: string
  service: string
  /** The release, or generation, that it is at. */
  release: number | null
  commit: string | null
  dirty: boolean
  state: string
  /** For how long it has been running. */
  seconds: number | null
  urls: string[]
}

export interface Status {
  rows: StatusRow[]
  certificates: (HostCertificate & { state: CertificateState })[]
  /** Who works on hosts right now. */
  locks: { host: string; holder: Holder }[]
  /** Hosts that are short of room for packages: bytes that are free. */
  short: { host: string; free: number }[]
  failures: HostFailure[]
}

/** All services and hosts at a glance. */
export async function status(engine: Engine, config: Config, hosts: readonly string[]): Promise<Status> {
  const results = await onHosts(engine, hostsFor(config, hosts), async (login, host) => {
    const systems = config.systems.filter((system) => system.host === host.name)
    return statusOf(host.name, await reportOf(login, { probe: true, systems }))
  })
  const { values, failures } = collect(results)
  return {
    rows: values.flatMap(({ rows }) => rows),
    certificates: values.flatMap(({ certificates }) => certificates),
    locks: values.flatMap(({ locks }) => locks),
    short: values.flatMap(({ short }) => short),
    failures,
  }
}

function statusOf(
  host: string,
  { host: { time, freeStoreKb }, lock, ...found }: Report,
): Omit<Status, 'failures'> {
  return {
    rows: [
      ...found.systems.map((system) => systemRow(host, system, time)),
      ...found.services.filter(hasServed).map((service) => serviceRow(host, service, time)),
    ],
    certificates: found.certificates.map((one) => ({ host, ...one, state: certificateState(one, time) })),
    locks: lock ? [{ host, holder: lock }] : [],
    short: freeStoreKb < SHORT_OF_ROOM_KB ? [{ host, free: freeStoreKb * 1024 }] : [],
  }
}

function systemRow(host: string, system: SystemReport, now: number): StatusRow {
  const { name, generation, generations } = system
  const at = generations.find(({ number }) => number === generation)?.at
  return {
    ...{ host, service: name, release: generation, commit: null, dirty: false },
    state: systemStatus(system),
    seconds: at === undefined ? null : now - at,
    urls: [],
  }
}

function serviceRow(host: string, service: ServiceReport, now: number): StatusRow {
  const { name, current, manifest, releases, units } = service
  const since = units[0]?.since ?? releases.find(({ number }) => number === current)?.good ?? null
  return {
    ...{ host, service: name, release: current },
    commit: manifest?.commit?.id ?? null,
    dirty: manifest?.commit?.dirty ?? false,
    state: serviceStatus(service),
    seconds: since === null ? null : now - since,
    urls: manifest?.service.routes.map(({ url }) => url) ?? [],
  }
}
