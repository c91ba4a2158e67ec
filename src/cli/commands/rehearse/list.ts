import type { RehearsalHost } from '../../../rehearse/index.js'
import { command } from '../../command.js'
import { jsonFlag } from '../../flags.js'
import { tableText } from '../../text/table.js'

/** `slipway rehearse list`. */
export const list = command({
  brief: 'List the throwaway hosts',
  flags: jsonFlag,
  run: async (cli, { json }) => {
    const hosts = await import('../../../rehearse/index.js')
    const all = await hosts.list()
    if (json) cli.printJson(all)
    else if (all.length > 0) cli.print(listText(all))
    else cli.terminal.line('There is no throwaway host. To make one: slipway rehearse up NAME')
  },
})

/** One line a host. */
export function listText(all: readonly RehearsalHost[]): string {
  return tableText(
    ['NAME', 'ADDRESS', 'IMAGE', 'STATE', 'BOOTED'],
    all.map((host) => [host.name, host.address, host.image, host.running ? 'up' : 'down', host.since]),
  )
}
