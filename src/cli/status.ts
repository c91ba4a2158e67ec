import type { ServiceReport, SystemReport } from '../contract/report.js'
import { certificateState } from '../plan/certificates.js'
import { serviceStatus, systemStatus } from '../plan/status.js'
import { report } from '../remote/verbs.js'
import { command, configOf, print, printJson } from './command.js'
import type { HostFlags, JsonFlags } from './flags.js'
import { hostsFor, onHosts } from './hosts.js'
import { failuresOf } from './releases.js'
import { colors as pc } from './text/colors.js'
import { agoText, tableText } from './text/table.js'

/** `slipway status`. */
export const status = command(async (flags: HostFlags & JsonFlags) => {
  const config = await configOf(flags)
  const results = await onHosts(hostsFor(config, flags.host), async (connection, host) => {
    const systems = config.systems.filter((system) => system.host === host.name)
    const found = await report(connection, { with: 'probe', systems })
    const { services, host: facts, lock } = found
    return {
      lock,
      certificates: found.certificates.map((one) => ({
        ...{ host: host.name, ...one, state: certificateState(one, facts.time) },
      })),
      rows: [
        ...found.systems.map((system) => systemRow(host.name, system, facts.time)),
        ...services.map((service) => rowOf(host.name, service, facts.time)),
      ],
    }
  })
  const rows = results.flatMap(({ result }) => (result.ok ? result.value.rows : []))
  const certificates = results.flatMap(({ result }) => (result.ok ? result.value.certificates : []))
  if (flags.json) {
    printJson({
      services: rows,
      certificates,
      unreachable: results.filter(({ result }) => !result.ok).map(({ host }) => host.name),
    })
  } else if (rows.length > 0) {
    print(
      tableText(
        ['HOST', 'SERVICE', 'RELEASE', 'COMMIT', 'STATE', 'SINCE', 'URL'],
        rows.map((row) => [
          row.host,
          row.service,
          row.release === null ? '-' : String(row.release),
          row.commit ? `${row.commit.slice(0, 8)}${row.dirty ? '+' : ''}` : '-',
          row.state,
          row.seconds === null ? '-' : agoText(row.seconds),
          row.urls.join(' ') || '-',
        ]),
      ),
    )
  } else print('no services yet')
  if (flags.json) return failuresOf(results)
  for (const { host, domain, state } of certificates) {
    const line = `certificate for ${domain} on ${host}: ${state.text}`
    print(state.level === 'good' ? line : pc.yellow(line))
  }
  for (const { host, result } of results) {
    if (result.ok && result.value.lock)
      print(`${host.name} is locked by ${result.value.lock.who}: ${result.value.lock.what}`)
  }
  return failuresOf(results)
})

function systemRow(host: string, system: SystemReport, now: number) {
  const { name, generation, generations } = system
  const at = generations.find(({ number }) => number === generation)?.at
  return {
    host,
    service: name,
    release: generation,
    commit: null,
    dirty: false,
    state: systemStatus(system),
    seconds: at === undefined ? null : now - at,
    urls: [],
  }
}

function rowOf(host: string, service: ServiceReport, now: number) {
  const since =
    service.units[0]?.since ?? service.releases.find(({ number }) => number === service.current)?.good ?? null
  return {
    host,
    service: service.name,
    release: service.current,
    commit: service.manifest?.commit?.id ?? null,
    dirty: service.manifest?.commit?.dirty ?? false,
    state: serviceStatus(service),
    seconds: since === null ? null : now - since,
    urls: service.manifest?.service.routes.map(({ url }) => url) ?? [],
  }
}
