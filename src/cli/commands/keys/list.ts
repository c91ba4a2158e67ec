import type { KeyReport } from '../../../contract/verbs.js'
import { command } from '../../command.js'
import { configFlags, hostArgument, jsonFlag } from '../../flags.js'
import { tableText } from '../../text/table.js'

/** `slipway keys list HOST`. */
export const list = command({
  brief: 'List the keys, and what each may do',
  args: [hostArgument],
  flags: { ...configFlags, ...jsonFlag },
  run: async (cli, { json, ...flags }, host) => {
    const { listKeys } = await import('../../../engine/keys.js')
    const config = await cli.config(flags)
    const { user, keys } = await listKeys(await cli.engine(), config, host)
    if (json) return cli.printJson({ user, keys })
    if (keys.length === 0) return cli.print(`${host}: no keys`)
    cli.print(tableText(['DEPLOYS', 'NAME', 'KEY', 'MAY SERVE'], keys.flatMap(rowsOf)))
  },
})

/** A row for each right that a key has. */
function rowsOf({ name, fingerprint, services, observe }: KeyReport): string[][] {
  return [
    ...services.map(({ service, routes }) => [service, name, fingerprint, routes.join(' ') || '-']),
    ...(observe ? [['-', name, fingerprint, 'looks at the host']] : []),
  ]
}
