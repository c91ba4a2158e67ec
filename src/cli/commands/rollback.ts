import { parseRelease } from '../arguments.js'
import { command } from '../command.js'
import { hostFlags, jsonFlag, optionalArgument, waitFlag } from '../flags.js'

/** `slipway rollback [SERVICE|SYSTEM] [RELEASE|COMMIT|GENERATION]`. */
export const rollback = command({
  brief: 'Make an earlier release serve again, with its units, routes and environment',
  args: [
    optionalArgument('SERVICE', 'The service or system (default: the only one)'),
    optionalArgument(
      'RELEASE',
      'The release, its commit, or the generation to go back to (default: the good one before)',
    ),
  ],
  flags: { ...hostFlags, ...jsonFlag, ...waitFlag },
  run: async (cli, { host = [], json = false, wait = false, ...flags }, name, wanted) => {
    const to = wanted === undefined ? undefined : parseRelease(wanted)
    const [{ rollback }, { showActivationResult }] = await Promise.all([
      import('../../engine/rollback.js'),
      import('../activation-result.js'),
    ])
    const engine = await cli.engine({ stops: true })
    const config = await cli.config(flags)
    const result = await rollback(engine, config, { name, to, hosts: host, wait })
    return showActivationResult(cli, config, result, { json, stopped: engine.signal.aborted })
  },
})
