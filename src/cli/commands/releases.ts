import { command } from '../command.js'
import { failuresCode } from '../failures.js'
import { hostFlags, jsonFlag, optionalArgument } from '../flags.js'
import { tableText } from '../text/table.js'

/** `slipway releases [SERVICE]`. */
export const releases = command({
  brief: 'List the releases on the hosts',
  args: [optionalArgument('SERVICE', 'Only this service')],
  flags: { ...hostFlags, ...jsonFlag },
  run: async (cli, { host = [], json, ...flags }, name) => {
    const { releases } = await import('../../engine/releases.js')
    const config = await cli.config(flags)
    const { rows, failures } = await releases(await cli.engine(), config, { name, hosts: host })
    if (json) cli.printJson(rows)
    else if (rows.length > 0) {
      cli.print(
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
    } else cli.print('no releases yet')
    return failuresCode(cli.terminal, failures)
  },
})
