import { usageError } from '../../errors.js'
import { command } from '../command.js'
import { hostFlags, jsonFlag, optionalArgument, waitFlag } from '../flags.js'

/** `slipway rollback [SERVICE|SYSTEM] [RELEASE|GENERATION]`. */
export const rollback = command({
  brief: 'Make an earlier release serve again, with its units, routes and environment',
  args: [
    optionalArgument('SERVICE', 'The service or system (default: the only one)'),
    optionalArgument('RELEASE', 'The release or generation to go back to (default: the good one before)'),
  ],
  flags: { ...hostFlags, ...jsonFlag, ...waitFlag },
  run: async (cli, { host = [], json = false, wait = false, ...flags }, name, wanted) => {
    const to = wanted === undefined ? undefined : releaseNumber(wanted)
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

function releaseNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw usageError({ what: `"${text}" is not a release number`, next: 'Releases are numbered 1, 2, 3 …' })
}
