import { ExitCode } from '../errors.js'
import type { SystemReport } from '../contract/report.js'
import { report, runVerb } from '../remote/verbs.js'
import { command, configOf, print, printJson } from './command.js'
import type { HostFlags, JsonFlags } from './flags.js'
import { hostsFor, onHosts } from './hosts.js'
import { errorText } from './text/error-text.js'
import { tableText } from './text/table.js'

/** A line of a service's log on a host. */
interface LogEntry {
  at: string
  action: string
  release: number
  from: number | null
  commit: string | null
  by: string
  seconds: number
  result: 'good' | 'failed' | 'refused'
}

/** `slipway releases [SERVICE]`. */
export const releases = command(async (flags: HostFlags & JsonFlags, name?: string) => {
  const config = await configOf(flags)
  const results = await onHosts(hostsFor(config, flags.host, name), async (connection, host) => {
    const systems = config.systems.filter(
      (system) => system.host === host.name && (name === undefined || system.name === name),
    )
    const { services, systems: found } = await report(connection, { systems })
    const wanted = services.filter((service) => name === undefined || service.name === name)
    const releases = await Promise.all(
      wanted.map(async (service) => {
        const log = parseLog((await runVerb(connection, 'log', [service.name])).stdout)
        return service.releases.map(({ number, good, commit }) => {
          const entry = log.findLast(({ release, action }) => release === number && action === 'deploy')
          return {
            host: host.name,
            service: service.name,
            release: number,
            current: number === service.current,
            good: good !== null,
            commit,
            at: entry?.at ?? null,
            by: entry?.by ?? null,
            seconds: entry?.seconds ?? null,
          }
        })
      }),
    )
    return [...found.map((system) => generationRows(host.name, system)), ...releases]
  })
  const rows = results.flatMap(({ result }) => (result.ok ? result.value.flat() : []))
  if (flags.json) printJson(rows)
  else if (rows.length > 0) {
    print(
      tableText(
        ['HOST', 'SERVICE', 'RELEASE', '', 'COMMIT', 'DEPLOYED', 'BY', 'TOOK'],
        rows.map((row) => [
          row.host,
          row.service,
          String(row.release),
          row.current ? 'current' : row.good ? '' : 'failed',
          row.commit ?? '-',
          row.at?.replace('T', ' ').replace('Z', '') ?? '-',
          row.by ?? '-',
          row.seconds === null ? '-' : `${row.seconds.toFixed(1)} s`,
        ]),
      ),
    )
  } else print('no releases yet')
  return failuresOf(results)
})

function generationRows(host: string, { name, generation, generations }: SystemReport) {
  return generations
    .sort((one, other) => one.number - other.number)
    .map(({ number, at, good }) => ({
      ...{ host, service: name, release: number, current: number === generation, good },
      ...{ commit: null, at: new Date(at * 1000).toISOString().replace('.000', ''), by: null, seconds: null },
    }))
}

function parseLog(text: string): LogEntry[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogEntry)
}

/** Tells of hosts that failed, and gives the exit code that goes with it. */
export function failuresOf(results: { result: { ok: boolean; error?: unknown } }[]): ExitCode {
  const failed = results.filter(({ result }) => !result.ok)
  for (const { result } of failed) process.stderr.write(`${errorText(result.error)}\n`)
  return failed.length > 0 ? ExitCode.failed : ExitCode.ok
}
