import { command } from '../command.js'
import { argument, hostFlags, jsonFlag, waitFlag } from '../flags.js'

/** `slipway rename OLD NEW`. */
export const rename = command({
  brief: 'Give a service another name: its state, releases, routes, secrets and keys go with it',
  args: [argument('OLD', 'What the service is called on its hosts'), argument('NEW', 'Its new name')],
  flags: { ...hostFlags, ...jsonFlag, ...waitFlag },
  run: async (cli, { host = [], json = false, wait = false, ...flags }, from, to) => {
    const [{ rename }, { showActivationResult }] = await Promise.all([
      import('../../engine/rename.js'),
      import('../activation-result.js'),
    ])
    const engine = await cli.engine({ stops: true })
    const config = await cli.config(flags)
    const result = await rename(engine, config, { from, to, hosts: host, wait })
    return showActivationResult(cli, config, result, { json, stopped: engine.signal.aborted })
  },
})
