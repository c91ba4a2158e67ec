import { parseOnOff } from '../arguments.js'
import { command } from '../command.js'
import { hostFlags, serviceArgument } from '../flags.js'
import { showOperated } from '../operated.js'

/** `slipway maintenance on|off SERVICE`. */
export const maintenance = command({
  brief: 'Answer requests to a service with a page that says it will be back',
  args: [{ parse: parseOnOff, placeholder: 'on|off', brief: 'Whether it is closed' }, serviceArgument],
  flags: hostFlags,
  run: async (cli, { host = [], ...flags }, state, service) => {
    const { maintenance } = await import('../../engine/operate.js')
    const config = await cli.config(flags)
    const options = { service, hosts: host, on: state === 'on' }
    const operated = await maintenance(await cli.engine(), config, options)
    return showOperated(cli, operated, (done) =>
      state === 'on'
        ? `${service} on ${done.host}: closed for maintenance; only its health check is let through`
        : `${service} on ${done.host}: open`,
    )
  },
})
