import { command } from '../command.js'
import { hostFlags, serviceArgument, waitFlag } from '../flags.js'

/** `slipway restart SERVICE`. */
export const restart = command({
  brief: 'Restart a service, and wait until it is healthy',
  args: [serviceArgument],
  flags: { ...hostFlags, ...waitFlag },
  run: async (cli, { host = [], wait = false, ...flags }, service) => {
    const [{ restart }, { showActivationResult }] = await Promise.all([
      import('../../engine/restart.js'),
      import('../activation-result.js'),
    ])
    const engine = await cli.engine({ stops: true })
    const config = await cli.config(flags)
    const result = await restart(engine, config, { service, hosts: host, wait })
    return showActivationResult(cli, config, result, { json: false, stopped: engine.signal.aborted })
  },
})
