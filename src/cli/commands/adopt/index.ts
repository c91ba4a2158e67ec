import { command } from '../../command.js'
import {
  argument,
  configFlags,
  fixHashesFlag,
  overrideFlag,
  switchFlag,
  takeOverFlag,
  textFlag,
  waitFlag,
  yesFlag,
} from '../../flags.js'

/** What `slipway adopt` takes. */
export const adoptFlags = {
  ...configFlags,
  ...overrideFlag,
  ...fixHashesFlag,
  ...takeOverFlag,
  ...waitFlag,
  ...yesFlag,
  service: textFlag('Move this one over, as the config has it', 'NAME'),
  dryRun: switchFlag('Say what would be written, or taken over; change nothing'),
  setup: switchFlag('Make the host ready first, as `slipway setup` does: looking needs its agent'),
  output: textFlag('The file to write (default: slipway.config.ts); one that is there stays', 'FILE'),
} as const

/** `slipway adopt HOST`. */
export const adopt = command({
  brief: 'Look at a host that was set up by hand, write a config of it, move its services over one by one',
  args: [argument('HOST', 'Anything ssh accepts; with --service, a host of the config')],
  flags: adoptFlags,
  run: async (cli, flags, host) => {
    if (flags.service !== undefined) {
      const { moveOver } = await import('./move-over.js')
      return moveOver(cli, flags, host, flags.service)
    }
    const { lookAt } = await import('./look-at.js')
    await lookAt(cli, flags, host)
    return undefined
  },
})
