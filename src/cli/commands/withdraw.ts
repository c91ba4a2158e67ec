import { command } from '../command.js'
import { hostFlags, serviceArgument } from '../flags.js'
import { showOperated } from '../operated.js'

/** `slipway withdraw SERVICE`. */
export const withdraw = command({
  brief: 'Take the requests from a canary, and stop it',
  args: [serviceArgument],
  flags: hostFlags,
  run: async (cli, { host = [], ...flags }, service) => {
    const { withdraw } = await import('../../engine/operate.js')
    const config = await cli.config(flags)
    const operated = await withdraw(await cli.engine(), config, { service, hosts: host })
    return showOperated(
      cli,
      operated,
      (done) => `${service} on ${done.host}: release ${done.withdrawn} gets no more requests`,
    )
  },
})
