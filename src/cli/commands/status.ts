import type { Status } from '../../engine/status.js'
import { command } from '../command.js'
import { failuresCode } from '../failures.js'
import { hostFlags, jsonFlag } from '../flags.js'
import { colors as pc } from '../text/colors.js'
import { agoText, tableText } from '../text/table.js'
import { formatBytes } from '../text/terminal.js'

/** `slipway status`. */
export const status = command({
  brief: 'All services and hosts at a glance',
  flags: { ...hostFlags, ...jsonFlag },
  run: async (cli, { host = [], json, ...flags }) => {
    const { status } = await import('../../engine/status.js')
    const found = await status(await cli.engine(), await cli.config(flags), host)
    if (json) {
      cli.printJson({
        services: found.rows,
        certificates: found.certificates,
        shortOfRoom: found.short,
        unreachable: found.failures.map((failure) => failure.host),
      })
    } else cli.print(statusText(found))
    return failuresCode(cli.terminal, found.failures)
  },
})

/** What is there, then what of it needs a look. */
export function statusText({ rows, certificates, locks, short, failures }: Status): string {
  // Of hosts that could not be asked nobody knows what they have.
  const none = failures.length === 0 ? ['no services yet'] : []
  const services =
    rows.length === 0
      ? none
      : [
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
          ).trimEnd(),
        ]
  const others = [
    ...certificates.map(({ host, domain, state }) => {
      const line = `certificate for ${domain} on ${host}: ${state.text}`
      return state.level === 'good' ? line : pc.yellow(line)
    }),
    ...failures.map(({ host, error }) => pc.red(`${host}: not known, ${error.message}`)),
    ...short.map(({ host, free }) =>
      pc.yellow(`${host} is short of room: ${formatBytes(free)} free; slipway gc ${host}`),
    ),
    ...locks.map(({ host, holder }) => `${host} is locked by ${holder.who}: ${holder.what}`),
  ]
  return [...services, ...others].join('\n')
}
