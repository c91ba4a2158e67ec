import { command } from '../command.js'
import { hostFlags, serviceArgument } from '../flags.js'
import { showOperated } from '../operated.js'

/** `slipway stop SERVICE`. */
export const stop = command({
  brief: 'Stop a service until it is restarted or deployed',
  args: [serviceArgument],
  flags: hostFlags,
  run: async (cli, { host = [], ...flags }, service) => {
    const { stop } = await import('../../engine/operate.js')
    const config = await cli.config(flags)
    const operated = await stop(await cli.engine(), config, { service, hosts: host })
    return showOperated(
      cli,
      operated,
      (done) => `${service} on ${done.host}: stopped; \`slipway restart ${service}\` starts it again`,
    )
  },
})
