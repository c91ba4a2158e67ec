import { command } from '../../command.js'
import { configFlags, hostArgument, jsonFlag } from '../../flags.js'
import { tableText } from '../../text/table.js'

/** `slipway keys list HOST`. */
export const list = command({
  brief: 'List the keys for one service each',
  args: [hostArgument],
  flags: { ...configFlags, ...jsonFlag },
  run: async (cli, { json, ...flags }, host) => {
    const { listKeys } = await import('../../../engine/keys.js')
    const config = await cli.config(flags)
    const { user, keys } = await listKeys(await cli.engine(), config, host)
    if (json) return cli.printJson({ user, keys })
    if (keys.length === 0) return cli.print(`${host}: no keys`)
    const rows = keys.map((key) => [...[key.service, key.name, key.fingerprint, key.routes.join(' ') || '-']])
    cli.print(tableText(['SERVICE', 'NAME', 'KEY', 'MAY SERVE'], rows))
  },
})
