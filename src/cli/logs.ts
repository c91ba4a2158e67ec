import { runVerb } from '../remote/verbs.js'
import { command, configOf } from './command.js'
import type { HostFlags } from './flags.js'
import { hostsFor, onHosts, serviceOf } from './hosts.js'
import { failuresOf } from './releases.js'

/** Lines shown where neither --since nor --lines says otherwise. */
const DEFAULT_LINES = '100'

type LogFlags = HostFlags & { follow?: boolean; since?: string; lines?: string }

/** `slipway logs [SERVICE]`. */
export const logs = command(async (flags: LogFlags, name?: string) => {
  const config = await configOf(flags)
  const service = serviceOf(config, name)
  const hosts = hostsFor(config, flags.host, service)
  const lines = flags.lines ?? (flags.since ? undefined : DEFAULT_LINES)
  const args = [
    service,
    flags.follow ? 'follow' : 'once',
    '--no-pager',
    ...(lines ? ['-n', lines] : []),
    ...(flags.since ? ['--since', flags.since] : []),
  ]
  const results = await onHosts(hosts, async (connection, host) => {
    const prefix = hosts.length > 1 ? `${host.name}: ` : ''
    const onLine = (line: string) => process.stdout.write(`${prefix}${line}\n`)
    const onErrorLine = (line: string) => process.stderr.write(`${prefix}${line}\n`)
    await runVerb(connection, 'logs', args, { onLine, onErrorLine, holdInput: true })
  })
  return failuresOf(results)
})
