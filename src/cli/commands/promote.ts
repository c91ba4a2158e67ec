import { command } from '../command.js'
import { hostFlags, serviceArgument, waitFlag } from '../flags.js'

/** `slipway promote SERVICE`. */
export const promote = command({
  brief: 'Give a canary all requests',
  args: [serviceArgument],
  flags: { ...hostFlags, ...waitFlag },
  run: async (cli, { host = [], wait = false, ...flags }, service) => {
    const [{ promote }, { showActivationResult }] = await Promise.all([
      import('../../engine/promote.js'),
      import('../activation-result.js'),
    ])
    const engine = await cli.engine({ stops: true })
    const config = await cli.config(flags)
    const result = await promote(engine, config, { service, hosts: host, wait })
    return showActivationResult(cli, config, result, { json: false, stopped: engine.signal.aborted })
  },
})
