import { usageError } from '../../../errors.js'
import { command } from '../../command.js'
import { optionalArgument, switchFlag } from '../../flags.js'

/** `slipway rehearse down [NAME]`. */
export const down = command({
  brief: 'Shut a throwaway host down and delete it',
  args: [optionalArgument('NAME', 'The throwaway host')],
  flags: {
    all: switchFlag('All throwaway hosts'),
    keep: switchFlag('Keep the disk, so that `up` boots it again'),
  },
  run: async (cli, { all = false, keep = false }, name) => {
    if ((name === undefined) !== all) throw usageError({ what: 'Name one throwaway host, or give --all' })
    const hosts = await import('../../../rehearse/index.js')
    const names = name === undefined ? (await hosts.list()).map((host) => host.name) : [name]
    await Promise.all(names.map((one) => hosts.down(one, { keep })))
    for (const one of names) cli.terminal.line(keep ? `${one} is down` : `${one} is gone`)
  },
})
